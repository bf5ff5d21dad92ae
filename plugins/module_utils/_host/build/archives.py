# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unpack untrusted archives: nothing is written outside the directory."""

from __future__ import annotations

import lzma
import os
import shutil
import stat
import tarfile
import zipfile
import zlib

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError


def unpack(archive: str, directory: str, strip: bool = True) -> None:
    """Unpack a tar or zip archive. With `strip`, a single top-level directory is replaced by its content.

    Raise HostError if the archive is damaged, or would reach outside the directory.
    """
    try:
        if tarfile.is_tarfile(archive):
            _untar(archive, directory)
        elif zipfile.is_zipfile(archive):
            _unzip(archive, directory)
        else:
            raise HostError("The archive is neither tar nor zip.", archive)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError) as exc:
        raise HostError("The archive is damaged.", str(exc)) from exc
    _refuse_links_outside(directory)
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


def _refuse_links_outside(directory: str) -> None:
    """Follow all links after unpacking: one may lead outside through another, whatever its own target looks like."""
    top = os.path.realpath(directory)
    for parent, names, files in os.walk(directory):
        for path in (f"{parent}/{name}" for name in [*names, *files]):
            real = os.path.realpath(path)
            if os.path.islink(path) and real != top and not real.startswith(top + os.sep):
                raise HostError(
                    "The archive contains a link that leads outside the release.", os.path.relpath(path, directory)
                )


def _untar(archive: str, directory: str) -> None:
    with tarfile.open(archive) as tar:
        for member in tar:
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
                with content, open(path, "wb") as stream:
                    shutil.copyfileobj(content, stream)
                os.chmod(path, 0o755 if member.mode & stat.S_IXUSR else 0o644)
            else:
                raise HostError("The archive contains a device or a pipe.", member.name)


def _unzip(archive: str, directory: str) -> None:
    with zipfile.ZipFile(archive) as bundle:
        for member in bundle.infolist():
            path = _target(directory, member.filename)
            mode = member.external_attr >> 16
            if stat.S_ISLNK(mode):
                raise HostError("The zip archive contains a link, which cannot be unpacked safely.", member.filename)
            if member.is_dir():
                os.makedirs(path, exist_ok=True)
                continue
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with bundle.open(member) as content, open(path, "wb") as stream:
                shutil.copyfileobj(content, stream)
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
