# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stop a unit before it fills the disk: systemd has no limit for that."""

from __future__ import annotations

import os
import threading
from types import TracebackType
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import show_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner

PAUSE = 0.2  # seconds
LEFT = 0.05  # the share of the disk, and of its inodes, that is kept free
LEFT_AT_MOST = 1 << 30  # bytes; a share of a large disk would be more than needed
INODES_AT_MOST = 100_000
OWN = 16 << 20  # bytes: a command that used less is not what fills the disk
OWN_INODES = 5_000
PLACES = ("/tmp", "/var/tmp")  # where PrivateTmp= keeps its directories


class DiskWatch:
    """While the block runs, watch the file systems that the unit can write to. `problem` says why it was stopped."""

    def __init__(self, runner: Runner, unit: str, *places: str) -> None:
        self.problem = ""
        self._runner = runner
        self._unit = unit
        self._before = {path: os.statvfs(path) for path in (*places, *PLACES) if os.path.isdir(path)}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> DiskWatch:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: Optional[type[BaseException]],
        _error: Optional[BaseException],
        _trace: Optional[TracebackType],
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(PAUSE):
            for path, before in self._before.items():
                self.problem = shortage(path, before, os.statvfs(path))
                if self.problem:
                    self._runner.run(["systemctl", "kill", "--signal=KILL", self._unit], check=False)
                    return


def shortage(path: str, before: os.statvfs_result, now: os.statvfs_result) -> str:
    """Say what the file system runs out of since `before`, or return ''."""
    free, used = now.f_bavail * now.f_frsize, (before.f_bavail - now.f_bavail) * now.f_frsize
    if used > OWN and free < min(LEFT_AT_MOST, LEFT * now.f_blocks * now.f_frsize):
        return f"It was stopped because it wrote {show_size(used)} and left only {show_size(free)} free at {path}."
    files = before.f_favail - now.f_favail
    if files > OWN_INODES and now.f_favail < min(INODES_AT_MOST, LEFT * now.f_files):
        return f"It was stopped because it made {files} files and left only {now.f_favail} inodes free at {path}."
    return ""
