# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The access logs as files: look at their modes, create them, close those that are too open."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.logs import MODE, NAME, LogChange
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import names_in
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.users import group_id, user_id


def look_at_logs(directory: str) -> dict[str, Optional[int]]:
    """Return the mode of each access log; None for what is not a regular file, and not ours to change."""
    found: dict[str, Optional[int]] = {}
    for name in names_in(directory):
        if not NAME.fullmatch(name):
            continue
        path = f"{directory}/{name}"
        with contextlib.suppress(FileNotFoundError):
            status = os.lstat(path)
            found[path] = stat.S_IMODE(status.st_mode) if stat.S_ISREG(status.st_mode) else None
    return found


def change_logs(changes: Iterable[LogChange]) -> None:
    for change in changes:
        if change.before is None:
            os.makedirs(os.path.dirname(change.path), exist_ok=True)
        flags = os.O_CREAT | os.O_EXCL if change.before is None else 0
        # logrotate may have moved it in the meantime; the next run then finds it under its new name.
        with contextlib.suppress(FileExistsError, FileNotFoundError):
            handle = os.open(change.path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | flags, MODE)
            try:
                os.fchmod(handle, MODE)
                os.fchown(handle, user_id(change.owner), group_id(change.group))
            finally:
                os.close(handle)


def remove_created_logs(changes: Iterable[LogChange]) -> None:
    """Remove those that this run has created, unless nginx has written to them since."""
    for change in changes:
        with contextlib.suppress(FileNotFoundError):
            if change.before is None and os.path.getsize(change.path) == 0:
                os.unlink(change.path)
