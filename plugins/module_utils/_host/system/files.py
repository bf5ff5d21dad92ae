# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read and write files so that readers see either the old or the new content."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import (
    DesiredFile,
    FileChange,
    FileState,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.users import (
    group_id,
    group_name,
    user_id,
    user_name,
)


def read_file(path: str) -> Optional[FileState]:
    """Return the file's state, or None if it does not exist."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as stream:
            content = stream.read()
            status = os.fstat(stream.fileno())
    except (FileNotFoundError, NotADirectoryError):
        return None
    return FileState(content, stat.S_IMODE(status.st_mode), user_name(status.st_uid), group_name(status.st_gid))


def write_file(file: DesiredFile) -> None:
    """Replace the file by rename; the content is on disk before the name points to it."""
    directory = os.path.dirname(file.path)
    os.makedirs(directory, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=directory)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
            stream.write(file.content)
            os.fchown(stream.fileno(), user_id(file.owner), group_id(file.group))
            os.fchmod(stream.fileno(), file.mode)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, file.path)
    except BaseException:
        os.unlink(temporary)
        raise
    sync_directory(directory)


def sync_directory(directory: str) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def apply_changes(changes: Iterable[FileChange]) -> None:
    for change in changes:
        if change.after is not None:
            write_file(change.after)
        elif os.path.lexists(change.path):
            os.unlink(change.path)
            sync_directory(os.path.dirname(change.path))


def restore(changes: Iterable[FileChange]) -> None:
    """Restore the files to their state before the changes."""
    for change in changes:
        if change.before is None:
            if os.path.lexists(change.path):
                os.unlink(change.path)
        else:
            before = change.before
            write_file(DesiredFile(change.path, before.content, before.mode, before.owner, before.group))


def replace_symlink(path: str, target: str) -> None:
    """Point the link to the target by rename(2), so that the link exists at any moment."""
    temporary = f"{path}.tmp"
    if os.path.lexists(temporary):
        os.unlink(temporary)
    os.symlink(target, temporary)
    os.replace(temporary, path)
    sync_directory(os.path.dirname(path))


def names_in(directory: str) -> list[str]:
    """Return the sorted names in the directory, or none if it does not exist."""
    try:
        return sorted(os.listdir(directory))
    except FileNotFoundError:
        return []


def read_text(path: str) -> Optional[str]:
    """Return the file's text, or None if it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return None
