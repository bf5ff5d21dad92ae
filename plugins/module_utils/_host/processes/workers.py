# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the processes of a unit, and which of its Gunicorn workers have booted.

The heartbeat file shows it in every version and without asking the process: until a worker's first heartbeat, the file
has its initial time and mode. Gunicorn's control socket, in versions that have it, does not provide more.
"""

from __future__ import annotations

import contextlib
import os
import stat
from typing import NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.boot import Seen
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.parse import is_in
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import (
    descriptors,
    pids,
    stat_of,
    text_of,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd

HEARTBEAT = "/wgunicorn-"
MONOTONIC_AT_MOST = 1_000_000_000  # heartbeats set monotonic seconds, while the file's initial time is wall-clock time


class Heartbeat(NamedTuple):
    directory: str
    status: os.stat_result


class Process(NamedTuple):
    pid: int
    started: int  # in clock ticks since boot; tells processes with a reused id apart


def processes(group: str) -> dict[Process, int]:
    """Return the processes in a control group, as systemd names it for a unit, each with its parent's id."""
    found = {}
    for pid in pids() if group else ():
        seen = stat_of(pid) if is_in(text_of(pid, "cgroup"), group) else None
        if seen:
            found[Process(pid, seen.started)] = seen.parent
    return found


def look_at(systemd: Systemd, unit: str) -> Seen:
    """Return a snapshot of the unit's state, master and workers."""
    state = systemd.show([unit], ["ActiveState", "SubState", "NRestarts", "MainPID", "ControlGroup"])[unit]
    master = int(state.get("MainPID") or 0)
    workers = {}
    known = heartbeats(master) if master else {}
    for process, parent in processes(state.get("ControlGroup", "")).items():
        beats = heartbeats(process.pid) if parent == master else {}
        own = [beats[file].status for file in known.keys() & beats.keys()]
        if own:  # a worker that was just forked still has the files of the others open
            workers[process.pid] = all(map(beaten, own))
    return Seen(
        state.get("ActiveState", ""), state.get("SubState", ""), int(state.get("NRestarts") or 0), master, workers
    )


def heartbeats(pid: int) -> dict[tuple[int, int], Heartbeat]:
    """Return the heartbeat files that the process has open, by device and inode.

    A master has one for each of its workers, a worker has its own. The arbiter of `dirty_workers` has different ones:
    it looks like a worker, but is not one.
    """
    found = {}
    for path, target in descriptors(pid):
        if HEARTBEAT in target:
            with contextlib.suppress(OSError):  # the process has closed the file in the meantime
                status = os.stat(path)
                found[status.st_dev, status.st_ino] = Heartbeat(os.path.dirname(target), status)
    return found


def beaten(status: os.stat_result) -> bool:
    """Tell whether there was a heartbeat: since Gunicorn 22 it sets the file's times, earlier it toggles the mode."""
    return status.st_mtime < MONOTONIC_AT_MOST or stat.S_IMODE(status.st_mode) != 0o600
