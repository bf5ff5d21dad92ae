# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unpack untrusted archives: nothing is written outside the directory. Runs in the unit."""

from __future__ import annotations

import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from typing import IO

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError

MOST = 300_000  # files, links and directories
LARGEST = 20 << 30  # bytes
RATIO = 100  # text compresses to a fiftieth at best; a bomb to a thousandth
HARMLESS = 512 << 20  # bytes that any archive may unpack to


def unpack(archive: str, directory: str, strip: bool = True) -> None:
    """Unpack a tar or zip archive. With `strip`, a single top-level directory is replaced by its content.

    Raise HostError if the archive is damaged, too large, or would write outside the directory.
    """
    try:
        if tarfile.is_tarfile(archive):
            _untar(archive, directory, _Budget(archive))
        elif zipfile.is_zipfile(archive):
            _unzip(archive, directory, _Budget(archive))
        else:
            raise HostError("The archive is neither tar nor zip.", archive)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError) as exc:
        raise HostError("The archive is damaged.", str(exc)) from exc
    if strip:
        _strip_top(directory)


def _target(directory: str, name: str) -> str:
    path = os.path.normpath(os.path.join(directory, name))
    if os.path.isabs(name) or (path != directory and not path.startswith(directory + os.sep)):
        raise HostError("The archive would write outside the release.", name)
    return path


def _inside(directory: str, path: str) -> None:
    """Refuse a path that reaches through a link that was unpacked before it."""
    top = os.path.realpath(directory)
    parent = top if path == directory else os.path.realpath(os.path.dirname(path))
    if parent != top and not parent.startswith(top + os.sep):
        raise HostError("The archive would write through a link to outside the release.", path)


class _Budget:
    """What an archive may grow to: a small one that unpacks to a huge tree fills the disk."""

    def __init__(self, archive: str) -> None:
        self._files = 0
        self._bytes = 0
        self._most = min(LARGEST, max(HARMLESS, RATIO * os.path.getsize(archive)))

    def file(self, name: str) -> None:
        self._files += 1
        if self._files > MOST:
            raise HostError(f"The archive contains more than {MOST} files.", name)

    def copy(self, content: IO[bytes], path: str) -> None:
        with content, open(path, "wb") as stream:
            for block in iter(lambda: content.read(1 << 20), b""):
                self._bytes += len(block)
                if self._bytes > self._most:
                    raise HostError(f"The archive unpacks to more than {self._most >> 20} MiB.", path)
                stream.write(block)


def _untar(archive: str, directory: str, budget: _Budget) -> None:
    with tarfile.open(archive) as tar:
        for member in tar:
            budget.file(member.name)
            path = _target(directory, member.name)
            _inside(directory, path)
            if member.isdir():
                os.makedirs(path, exist_ok=True)
                continue
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if os.path.islink(path) or os.path.isfile(path):
                os.unlink(path)  # otherwise the content would be written to the link's target
            if member.issym():
                _target(directory, os.path.join(os.path.dirname(member.name), member.linkname))
                os.symlink(member.linkname, path)
            elif member.isfile() or member.islnk():
                if member.islnk():
                    _target(directory, member.linkname)
                content = tar.extractfile(member)
                if content is None:
                    raise HostError("The archive is damaged.", member.name)
                budget.copy(content, path)
                os.chmod(path, 0o755 if member.mode & stat.S_IXUSR else 0o644)
            else:
                raise HostError("The archive contains a device or a pipe.", member.name)


def _unzip(archive: str, directory: str, budget: _Budget) -> None:
    with zipfile.ZipFile(archive) as bundle:
        for member in bundle.infolist():
            budget.file(member.filename)
            path = _target(directory, member.filename)
            mode = member.external_attr >> 16
            if stat.S_ISLNK(mode):
                raise HostError("The zip archive contains a link, which cannot be unpacked safely.", member.filename)
            if member.is_dir():
                os.makedirs(path, exist_ok=True)
                continue
            os.makedirs(os.path.dirname(path), exist_ok=True)
            budget.copy(bundle.open(member), path)
            os.chmod(path, 0o755 if mode & stat.S_IXUSR else 0o644)


def _strip_top(directory: str) -> None:
    names = os.listdir(directory)
    if len(names) != 1 or not os.path.isdir(f"{directory}/{names[0]}") or os.path.islink(f"{directory}/{names[0]}"):
        return
    top = f"{directory}/{names[0]}"
    if os.path.exists(f"{top}/__init__.py"):
        return  # the archive contains a Python package, not a directory around a project
    aside = f"{directory}/.top"
    os.rename(top, aside)
    for name in os.listdir(aside):
        os.rename(f"{aside}/{name}", f"{directory}/{name}")
    os.rmdir(aside)
