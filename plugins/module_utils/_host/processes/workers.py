# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""See which processes a unit has, and which of its Gunicorn workers have booted.

The heartbeat file tells, in every version and without asking the process: a worker that has never beaten still has the
file's first time or mode. Gunicorn's control socket, where there is one, knows no more.
"""

from __future__ import annotations

import contextlib
import os
import stat
from typing import NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.boot import Seen
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import (
    descriptors,
    pids,
    stat_of,
    text_of,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd

HEARTBEAT = "/wgunicorn-"
MONOTONIC_AT_MOST = 1_000_000_000  # beats are written in monotonic seconds, the first time of the file is the clock's


class Heartbeat(NamedTuple):
    directory: str
    status: os.stat_result


class Process(NamedTuple):
    pid: int
    started: int  # in clock ticks since boot: with it, a process id that is used again is told apart


def processes(unit: str) -> dict[Process, int]:
    """The processes in the unit's control group, each with its parent's id."""
    found = {}
    for pid in pids():
        seen = stat_of(pid) if _belongs(pid, unit) else None
        if seen:
            found[Process(pid, seen.started)] = seen.parent
    return found


def look_at(systemd: Systemd, unit: str) -> Seen:
    state = systemd.show([unit], ["ActiveState", "SubState", "NRestarts", "MainPID"])[unit]
    master = int(state.get("MainPID") or 0)
    workers = {}
    known = heartbeats(master) if master else {}
    for process, parent in processes(unit).items():
        beats = heartbeats(process.pid) if parent == master else {}
        own = [beats[file].status for file in known.keys() & beats.keys()]
        if own:  # one that was just forked has those of the others as well
            workers[process.pid] = all(map(beaten, own))
    return Seen(
        state.get("ActiveState", ""), state.get("SubState", ""), int(state.get("NRestarts") or 0), master, workers
    )


def _belongs(pid: int, unit: str) -> bool:
    return any(f"/{unit}/" in f"{line.rstrip()}/" for line in text_of(pid, "cgroup").split("\n"))


def heartbeats(pid: int) -> dict[tuple[int, int], Heartbeat]:
    """The files by which workers show that they live, as far as the process has them open, by device and inode.

    A master has one of each of its workers, a worker its own. The arbiter of `dirty_workers` has others: it looks like
    a worker, and is none.
    """
    found = {}
    for path, target in descriptors(pid):
        if HEARTBEAT in target:
            with contextlib.suppress(OSError):  # it has closed the file meanwhile
                status = os.stat(path)
                found[status.st_dev, status.st_ino] = Heartbeat(os.path.dirname(target), status)
    return found


def beaten(status: os.stat_result) -> bool:
    """From Gunicorn 22 on a beat sets the times, before that it toggles the mode."""
    return status.st_mtime < MONOTONIC_AT_MOST or stat.S_IMODE(status.st_mode) != 0o600
