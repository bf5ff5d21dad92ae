# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where an app's code and packages come from: options in, one validated value out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Optional, Union

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.options import SOURCE_KINDS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.scrub import has_credentials

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
HASH_OPTION = re.compile(r"--hash=sha(256|384|512):[0-9a-fA-F]+")
EXTRA = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
# A name in ${} is not a credential: installers read it from their environment.
BY_NAME = re.compile(r"(?<=://)\$\{\w+\}(?::\$\{\w+\})?@|=\$\{\w+\}")
INDEX_OPTIONS = "Options of the package index belong into gunicorn_apps_installer_env."
SCHEMES = {"git": ("https", "http", "ssh", "git", "file"), "archive": ("https", "http", "file")}


@dataclass(frozen=True)
class Source:
    """A source of exactly one type: its value, and the options that refine it."""

    kind: str
    value: Any
    version: str = ""
    checksum: str = ""
    ignore: tuple[str, ...] = ()
    venv: str = ""
    subdir: str = ""

    @property
    def is_url(self) -> bool:
        return self.kind == "archive" and "://" in self.value

    @property
    def from_controller(self) -> bool:
        return self.kind == "local" or (self.kind == "archive" and not self.is_url)

    @property
    def is_verified(self) -> bool:
        """Whether the declaration decides the content of the archive, and not the server that it comes from."""
        return self.from_controller or bool(self.checksum)

    @property
    def is_wheel(self) -> bool:
        return self.kind == "archive" and self.value.split("?")[0].split("#")[0].endswith(".whl")


def parse_source(where: str, options: Optional[Mapping[str, Any]], present: bool) -> Source:
    """Return the declared source, or raise InputError. An app that is not `present` may have none."""
    options = options or {}
    kinds = [kind for kind in SOURCE_KINDS if options.get(kind)]
    if not kinds and not present:
        return Source("none", "")
    if len(kinds) != 1:
        found = f", not {' and '.join(kinds)}" if kinds else ""
        raise InputError(
            where, f"must specify exactly one source type{found}.", f"Choose from: {', '.join(SOURCE_KINDS)}."
        )
    kind = kinds[0]
    for key, owner in (("version", "git"), ("checksum", "archive"), ("ignore", "local"), ("venv", "path")):
        if options.get(key) and kind != owner:
            raise InputError(f"{where}.{key}", f"has no effect with the source type '{kind}'; it belongs to '{owner}'.")
    value = options[kind]
    if kind == "packages":
        value = check_specifiers(f"{where}.packages", value)
    if kind in ("git", "archive"):
        _check_url(where, kind, str(value))
    checksum = options.get("checksum") or ""
    if checksum and not re.match(r"sha256:[0-9a-f]{64}\Z", checksum):
        raise InputError(f"{where}.checksum", f"{checksum!r} is not of the form 'sha256:<64 hex digits>'.")
    if kind in ("git", "archive") and has_credentials(str(value)):
        raise InputError(
            f"{where}.{kind}",
            "must not contain a token or password, which would show in process lists and results.",
            "Credentials of a package index belong into gunicorn_apps_installer_env, and those of a repository into a "
            "deploy key or a credential helper on the host. An archive can be downloaded on the controller.",
        )
    for key in ("path", "venv"):
        if options.get(key) and not str(options[key]).startswith("/"):
            raise InputError(f"{where}.{key}", f"must be an absolute path on the host, not {options[key]!r}.")
    subdir = (options.get("subdir") or "").strip("/")
    if ".." in subdir.split("/"):
        raise InputError(f"{where}.subdir", f"{subdir!r} leads outside the source.")
    version = options.get("version") or ("HEAD" if kind == "git" else "")
    if version.startswith("-") or re.search(r"[\s~^:?*\[\\]", version):
        raise InputError(f"{where}.version", f"{version!r} is not a branch, a tag or a commit.")
    return Source(
        kind=kind,
        value=value if kind == "packages" else str(value),
        version=version,
        checksum=checksum,
        ignore=tuple(options.get("ignore") or ()),
        venv=options.get("venv") or "",
        subdir=subdir,
    )


def _check_url(where: str, kind: str, value: str) -> None:
    if CONTROL.search(value):
        raise InputError(f"{where}.{kind}", f"{value!r} has a line break or another control character.")
    if value.startswith("-") or re.match(r"https?://[^/\s]*@|\w+://[^/@\s]*:[^/@\s]*@", value):
        raise InputError(
            f"{where}.{kind}",
            "must not contain a user name or password, which would show in process lists and results.",
            "Set up a deploy key or a credential helper on the host instead.",
        )
    scheme = re.match(r"(\w[\w+.-]*):(?=//|:)", value) or re.match(r"(data):", value, re.IGNORECASE)
    if scheme and scheme.group(1).lower() not in SCHEMES[kind]:
        raise InputError(
            f"{where}.{kind}",
            f"{value!r} has the protocol '{scheme.group(1)}'.",
            f"Use one of: {', '.join(SCHEMES[kind])}.",
        )


def check_specifiers(where: str, items: Iterable[Any]) -> tuple[str, ...]:
    """Return the requirement specifiers without surrounding blanks.

    They become lines of a requirements file. Raise InputError for what would be more than one requirement there.
    """
    checked = []
    for position, item in enumerate(items):
        text, here = str(item).strip(" "), f"{where}[{position}]"
        if not text:
            raise InputError(here, "is empty.")
        if CONTROL.search(text) or "\\" in text:
            raise InputError(here, f"{text!r} has a line break, a backslash or another control character.")
        options = [word for word in text.split() if word.startswith("-") and not HASH_OPTION.fullmatch(word)]
        if options:
            raise InputError(
                here, f"must be a requirement specifier, not installer options ({options[0]!r}).", INDEX_OPTIONS
            )
        if has_credentials(BY_NAME.sub("", text)):
            raise InputError(
                here,
                "must not contain a user name, password or token, which would show in results.",
                "Put them into gunicorn_apps_installer_env, and write ${NAME} here.",
            )
        checked.append(text)
    return tuple(checked)


def parse_extras(where: str, items: Iterable[Any]) -> tuple[str, ...]:
    """Return the extras of Gunicorn, or raise InputError for what is not the name of one."""
    names = tuple(str(item).strip(" ") for item in items)
    for position, name in enumerate(names):
        if not EXTRA.fullmatch(name):
            raise InputError(f"{where}[{position}]", f"{name!r} is not the name of an extra.", "Example: 'gevent'.")
    return names


def parse_requirements(where: str, value: Any) -> Union[str, tuple[str, ...], None]:
    """Return the name of a file in the source or a list of requirements; None if undeclared. May raise InputError."""
    if value is None:
        return None
    if isinstance(value, str):
        if CONTROL.search(value):
            raise InputError(where, f"{value!r} has a line break or another control character.")
        if value.startswith("/") or ".." in value.split("/"):
            raise InputError(where, f"must be a file inside the source or a list of requirements, not {value!r}.")
        return value
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return check_specifiers(where, value)
    raise InputError(where, f"must be a file name or a list of requirements, not {value!r}.")
