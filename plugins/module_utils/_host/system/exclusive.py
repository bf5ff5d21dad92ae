# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One process at a time. Only root can open the lock files, so that nobody else can make root wait."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Iterator

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import LOCKS

PAUSE = 0.1
WAIT = 900.0  # seconds; longer than an import check or an installation of uv takes


@contextlib.contextmanager
def exclusive(what: str, wait: float = WAIT, root: str = LOCKS) -> Iterator[None]:
    """Hold the lock that stands for a path. Raise HostError if another process still holds it after `wait` seconds."""
    name = what.strip("/").replace("/", "-")
    directory = _private(root)
    try:
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600, dir_fd=directory)
    finally:
        os.close(directory)
    try:
        _take(descriptor, f"{root}/{name}", wait)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _private(path: str) -> int:
    """Open the directory of the locks, and make sure that nobody else can."""
    os.makedirs(path, mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    status = os.fstat(descriptor)
    if status.st_uid != os.geteuid():
        os.close(descriptor)
        raise HostError(f"{path} does not belong to root.", f"Its owner has the user id {status.st_uid}. Remove it.")
    if stat.S_IMODE(status.st_mode) != 0o700:
        os.fchmod(descriptor, 0o700)
    return descriptor


def _take(descriptor: int, path: str, wait: float) -> None:
    end = time.monotonic() + wait
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            if time.monotonic() >= end:
                pid = os.pread(descriptor, 20, 0).decode("ascii", "replace")
                raise HostError(
                    f"another run holds {path}, still after {wait:g} s; this one did nothing.",
                    f"It is process {pid}." if pid else "",
                ) from exc
            time.sleep(PAUSE)
