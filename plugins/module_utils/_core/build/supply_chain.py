# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where somebody on the network, or an index that is not meant, could decide what an app is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Optional
from urllib.parse import urlsplit

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import WARNING, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.lock_file import hashes_of, logical_lines
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.requirements import Requirements

SOURCE, INDEX = "source-unverified", "index-unsafe"
SHOWN = 200
_COMMIT = re.compile(r"[0-9a-f]{40}")
_PLAIN = re.compile(r"(?:git\+)?(?:http|git)://([^\s/;#]*)")
_OPTION = re.compile(r"(--[a-z-]+|-[if])(?:[=\s]\s*(\S+))?")
_LONG = {"-i": "--index-url", "-f": "--find-links"}
_HERE = re.compile(r"localhost|127\.[0-9.]+|\[::1\]")
# The variables that name package indexes, for pip and for uv.
_VARIABLES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL")


def unprotected(app: App, requirements: Optional[Requirements], uv: bool) -> list[Finding]:
    """Return what is not protected on its way to this host. With require_hashes, all packages are."""
    found = list(_of_source(app))
    return found if app.require_hashes else [*found, *_of_requirements(app, requirements, uv)]


def unprotected_indexes(environment: Mapping[str, str], apps: Iterable[App], uv: bool) -> list[Finding]:
    """Return the same for the installer's environment, whose values are secrets and not shown."""
    if all(app.require_hashes for app in apps):
        return []
    return [
        finding for name in _VARIABLES if name.startswith("UV_") is uv for finding in _of_variable(environment, name)
    ]


def _of_source(app: App) -> Iterator[Finding]:
    where, source = f"gunicorn_apps.{app.name}.source", app.source
    if source.kind not in ("git", "archive") or not _is_plain(str(source.value)):
        return
    if source.kind == "archive" and not source.checksum:
        seen = "is fetched without encryption and without a checksum: the network decides what runs."
        yield Finding(SOURCE, WARNING, f"{where}.archive", seen=seen, fix="Set source.checksum, or use https.")
    if source.kind == "git" and not _COMMIT.fullmatch(source.version):
        seen = "is fetched without encryption: the network decides what runs."
        fix = "Use https or ssh, or set source.version to a full commit id."
        yield Finding(SOURCE, WARNING, f"{where}.git", seen=seen, fix=fix)


def _is_plain(url: str) -> bool:
    found = _PLAIN.match(url)
    return bool(found) and not _HERE.fullmatch(re.sub(r":\d*$", "", found.group(1).rpartition("@")[2]) if found else "")


def _of_requirements(app: App, requirements: Optional[Requirements], uv: bool) -> Iterator[Finding]:
    if requirements is None:
        return
    where = f"gunicorn_apps.{app.name}"
    texts = {f"{where}: {name}": logical_lines(text) for name, text in _requirement_texts(requirements).items()}
    texts[f"{where}.{'source.packages' if app.source.kind == 'packages' else 'requirements'}"] = list(
        requirements.items
    )
    for subject, lines in texts.items():
        for line in lines:
            option = _OPTION.match(line)
            if option:
                yield from _of_option(subject, _LONG.get(option.group(1), option.group(1)), option.group(2) or "", uv)
            elif not hashes_of(line) and any(_is_plain(match.group(0)) for match in _PLAIN.finditer(line)):
                seen = f"{line[:SHOWN]!r} is fetched without encryption and without a hash."
                yield Finding(SOURCE, WARNING, subject, seen=seen, fix="Use https, or add --hash.")


def _requirement_texts(requirements: Requirements) -> dict[str, str]:
    return {name: text for name, text in requirements.texts.items() if not name.endswith(("pyproject.toml", "uv.lock"))}


def _of_option(subject: str, option: str, value: str, uv: bool) -> Iterator[Finding]:
    if option in ("--index-url", "--extra-index-url", "--find-links") and _is_plain(value):
        seen = f"{option} is fetched without encryption: the network decides what is resolved."
        yield Finding(INDEX, WARNING, subject, seen=seen, fix="Use https, or require_hashes.")
    if option == "--trusted-host":
        seen = "--trusted-host switches off the verification of certificates."
        yield Finding(INDEX, WARNING, subject, seen=seen, fix="Install the CA on the host instead.")
    if option == "--extra-index-url" and not uv:
        yield _confusion(subject, option)


def _confusion(subject: str, option: str) -> Finding:
    seen = f"with {option}, pip takes the newest version of any index, also for names that only one index should serve."
    fix = (
        "Use uv, which takes each package from the first index that has it, one index that proxies, or require_hashes."
    )
    return Finding(INDEX, WARNING, subject, seen=seen, fix=fix)


def _of_variable(environment: Mapping[str, str], name: str) -> Iterator[Finding]:
    subject, urls = f"gunicorn_apps_installer_env.{name}", environment.get(name, "").split()
    if any(_is_plain(url.partition("=")[2] if re.match(r"[\w-]+=", url) else url) for url in urls):
        seen = "is fetched without encryption: the network decides what is resolved."
        yield Finding(INDEX, WARNING, subject, seen=seen, fix="Use https, or require_hashes.")
    if urls and name == "PIP_EXTRA_INDEX_URL":
        yield _confusion(subject, "an extra index")


def refuse_sources(requirements: Requirements, option: str, uv: bool) -> None:
    """Raise HostError if a requirement would be built even though `option` allows wheels only.

    uv refuses these itself. pip lets --no-binary of a file win over the command line, and builds what is a directory or
    a repository in any case.
    """
    if requirements.kind == "pyproject" and not uv:
        raise HostError(f"{option}: pip builds the project to read what {requirements.file} requires.", "Use uv.")
    lines: Iterable[str] = (line for text in _requirement_texts(requirements).values() for line in logical_lines(text))
    refused = [line for line in (*lines, *requirements.items) if _is_built(line)]
    if refused:
        raise HostError(
            f"{option}: a requirement would be built from source.", "\n".join(repr(line[:SHOWN]) for line in refused)
        )


def _is_built(line: str) -> bool:
    option = _OPTION.match(line)
    if option:
        return option.group(1) in ("--no-binary", "--editable") or line.startswith("-e")
    requirement = re.split(r"\s*;|\s--", line)[0]
    if requirement.startswith("-e"):
        return True
    if not re.search(r"[/@:]", requirement):
        return False
    origin = requirement.rpartition(" @ ")[2] if " @ " in requirement else requirement.partition("@")[2] or requirement
    return origin.startswith("git+") or not urlsplit(origin).path.endswith(".whl")
