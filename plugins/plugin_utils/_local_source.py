# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A directory or archive on the controller: its digest, its requirements files, and its upload."""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import io
import os
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.digest import LENGTH
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.requirements import FILES, requirements

# Bytes. Sending this much with the first module call costs less time than a second call.
INLINE_MAX = 256 * 1024

# Never needed to run an app: version control, caches, environments, and secrets of a developer's machine.
IGNORED = (
    ".git", ".hg", ".svn", "__pycache__", "*.py[co]", ".venv", "venv", ".tox", ".nox", ".mypy_cache", ".pytest_cache",
    ".ruff_cache", "node_modules", ".DS_Store", "*.swp",
)  # fmt: skip
# A source is readable for every user of the host, so what usually is a secret on a developer's machine stays there.
SECRET = re.compile(
    r"\.env(?!\.(example|sample|template|dist)$)(\..*)?|_?\.?netrc|\.git-credentials|\.pgpass|\.my\.cnf|\.htpasswd|"
    r"\.vault[_-]pass(word)?|.*\.(kdbx|p12|pfx|jks|ppk|sqlite3?)|\.(ssh|aws|gnupg|kube)"
)
# These names say too little: what decides is the beginning of the file.
SUSPECT = re.compile(r"id_(rsa|dsa|ecdsa|ed25519).*|.*\.(pem|key|crt|db)|.*[_-]key|\.(npmrc|pypirc|yarnrc\.yml)")
TELLING = re.compile(
    rb"PRIVATE KEY-----|^SQLite format 3\0|_auth(Token)?\s*=|npmAuth|^\s*_?password\s*[=:]",
    re.MULTILINE | re.IGNORECASE,
)
BEGINNING = 16 * 1024
NAMED = 20  # files in one warning


def describe_directory(app: App, directory: str) -> dict[str, Any]:
    """Return a digest of the directory's content, and the texts of its requirements files.

    Raise InputError if the directory or a declared file does not exist.
    """
    where = f"gunicorn_apps.{app.name}.source.local"
    if not os.path.isdir(directory):
        raise InputError(where, f"there is no directory '{directory}' on the controller.")
    project = os.path.join(directory, app.source.subdir) if app.source.subdir else directory
    if not os.path.isdir(project):
        raise InputError(
            f"gunicorn_apps.{app.name}.source.subdir", f"there is no directory '{app.source.subdir}' in {directory}."
        )
    seen = hashlib.sha256()
    for relative, path in _files(directory, app.source.ignore):
        kind = "link" if os.path.islink(path) else "x" if os.access(path, os.X_OK) else "-"
        seen.update(f"{relative}\0{kind}\0".encode("utf-8", "surrogateescape"))
        seen.update(os.fsencode(os.readlink(path)) if kind == "link" else _file_digest(path))
    texts: dict[str, str] = {}

    def read(name: str) -> Any:
        path = os.path.join(project, name)
        if not os.path.isfile(path) or os.path.commonpath(
            [os.path.realpath(path), os.path.realpath(directory)]
        ) != os.path.realpath(directory):
            return None
        with open(path, encoding="utf-8", errors="replace") as stream:
            texts[name] = stream.read()
        return texts[name]

    for name in FILES:
        read(name)
    if isinstance(app.requirements, str) and read(app.requirements) is None:
        raise InputError(
            f"gunicorn_apps.{app.name}.requirements", f"there is no file '{app.requirements}' in {project}."
        )
    requirements(app, read)
    requirements(app, read, uv=False)
    return {"digest": seen.hexdigest()[:LENGTH], "texts": texts}


def describe_archive(app: App, path: str) -> dict[str, Any]:
    """Return the archive's digest. Raise InputError if it does not exist or has another checksum."""
    where = f"gunicorn_apps.{app.name}.source"
    if not os.path.isfile(path):
        raise InputError(f"{where}.archive", f"there is no file '{path}' on the controller.")
    found = _file_digest(path).hex()
    if app.source.checksum and app.source.checksum != f"sha256:{found}":
        raise InputError(f"{where}.checksum", f"{path} is sha256:{found}, not the declared {app.source.checksum}.")
    return {"digest": found[:LENGTH]}


def pack(directory: str, ignore: Iterable[str], archive: IO[bytes]) -> None:
    """Write the directory as a tar archive."""
    with tarfile.open(fileobj=archive, mode="w:gz", compresslevel=3) as tar:
        for relative, path in _files(directory, ignore):
            tar.add(path, relative, recursive=False)


def small_content(app: App, path: str) -> str:
    """Return the source as Base64 if it is small enough to send along with the first module call, else ''."""
    if app.source.kind == "archive":
        if os.path.getsize(path) > INLINE_MAX:
            return ""
        with open(path, "rb") as stream:
            return base64.b64encode(stream.read()).decode()
    if sum(os.lstat(file).st_size for _relative, file in _files(path, app.source.ignore)) > INLINE_MAX:
        return ""
    packed = io.BytesIO()
    pack(path, app.source.ignore, packed)
    return base64.b64encode(packed.getvalue()).decode()


def left_out(app: App, directory: str) -> str:
    """Return a warning that names what was not sent because it may be secret; '' if there is nothing."""
    found: list[str] = []
    for _sent in _files(directory, app.source.ignore, found.append):
        pass
    if not found:
        return ""
    where = f"gunicorn_apps.{app.name}.source"
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return (
        f"{where}.local: not sent, because it may contain secrets: {', '.join(found[:NAMED])}{more}. "
        f"To send it anyway, add '!{found[0]}' to {where}.ignore."
    )


def _nothing(_relative: str) -> None:
    """The default for who wants to hear of files that are left out."""


def _files(
    directory: str, ignore: Iterable[str], leave_out: Callable[[str], None] = _nothing
) -> Iterator[tuple[str, str]]:
    """Yield each file that is sent; call `leave_out` for what may be secret. A pattern `!name` sends what it names."""
    given = [pattern.strip("/") for pattern in ignore]
    wanted = [pattern[1:].strip("/") for pattern in given if pattern.startswith("!")]
    own = [pattern for pattern in given if not pattern.startswith("!")]

    def fits(patterns: Iterable[str], name: str, relative: str) -> bool:
        return any(fnmatch.fnmatch(name, pattern) or fnmatch.fnmatch(relative, pattern) for pattern in patterns)

    def ignored(name: str, relative: str) -> bool:
        if fits(own, name, relative):
            return True
        if fits(wanted, name, relative):
            return False
        if fits(IGNORED, name, relative):
            return True
        if not _may_be_secret(name, f"{directory}/{relative}"):
            return False
        leave_out(relative)
        return True

    for parent, names, files in os.walk(directory):
        top = os.path.relpath(parent, directory)
        prefix = "" if top == "." else top + "/"
        links = [name for name in names if os.path.islink(f"{parent}/{name}")]
        names[:] = sorted(name for name in names if not ignored(name, prefix + name) and name not in links)
        for name in sorted([*files, *links]):
            path = f"{parent}/{name}"
            if not ignored(name, prefix + name) and (os.path.isfile(path) or os.path.islink(path)):
                yield prefix + name, path


def _may_be_secret(name: str, path: str) -> bool:
    if SECRET.fullmatch(name):
        return True
    if not SUSPECT.fullmatch(name) or not os.path.isfile(path):
        return False
    with open(path, "rb") as stream:
        return bool(TELLING.search(stream.read(BEGINNING)))


def _file_digest(path: str) -> bytes:
    seen = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            seen.update(block)
    return seen.digest()
