# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""See what the processes of services really have: how many workers, which limits, heartbeats on which file system."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.live import OF_GROUP, OF_PROCESS, Ceiling, Live
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.live_text import (
    ceiling_of,
    file_system_of,
    file_system_on,
    group_limit,
    group_of,
    limit_of,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.capacity import CGROUP, read_text, somaxconn
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.clock import iso
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.generation import heartbeat
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.process import children_of, since_epoch

SETTLE = 0.3  # a worker that is just being replaced is no difference
GROUP_FILES = {"TasksMax": "pids.max", "MemoryHigh": "memory.high", "MemoryMax": "memory.max"}


class Asked(NamedTuple):
    """A service that runs, and how many workers are expected."""

    master: int
    workers: int
    scaled: int = 0


def ceiling() -> Ceiling:
    """What systemd can give to processes that start now."""
    status, limits = read_text("/proc/1/status") or "", read_text("/proc/1/limits") or ""
    return Ceiling(
        somaxconn(),
        {name: ceiling_of(status, limits, name) for name in OF_PROCESS},
    )


def read_live(services: Mapping[str, Asked]) -> dict[str, Live]:
    """By unit. Only where a number is not the expected one it waits a moment, and looks again."""
    found = {unit: _workers(asked.master) for unit, asked in services.items()}
    late = [unit for unit, asked in services.items() if len(found[unit]) != (asked.scaled or asked.workers)]
    if late:
        time.sleep(SETTLE)
        found.update({unit: _workers(services[unit].master) for unit in late})
    mounts = read_text("/proc/self/mountinfo") or ""
    return {unit: _live(asked, found[unit], mounts) for unit, asked in services.items()}


def _live(asked: Asked, workers: Mapping[int, str], mounts: str) -> Live:
    device, place = next(filter(None, map(_place, workers.values())), ("", ""))
    return Live(
        workers=len(workers),
        scaled=asked.scaled,
        limits={**_of_process([asked.master, *workers]), **_of_group(asked.master)},
        heartbeats=(file_system_on(mounts, device) or file_system_of(mounts, place)) if place else "",
        heartbeats_in=place,
        heartbeats_next=file_system_of(mounts, place) if place else "",
        since=iso(since_epoch(asked.master)),
    )


def _workers(master: int) -> dict[int, str]:
    """The processes with a heartbeat that the master has started, each with the file of it."""
    found = {pid: heartbeat(pid) for pid in children_of(master)}
    return {pid: path for pid, path in found.items() if path}


def _place(path: str) -> tuple[str, str]:
    """The device and the directory of the file; nothing where the worker has ended meanwhile."""
    with contextlib.suppress(OSError):
        device = os.stat(path).st_dev
        return f"{os.major(device)}:{os.minor(device)}", os.path.dirname(os.readlink(path))
    return "", ""


def _of_process(pids: Iterable[int]) -> dict[str, Optional[int]]:
    """The lowest of all of them."""
    texts = [text for text in (read_text(f"/proc/{pid}/limits") for pid in pids) if text]
    return {name: min(limit_of(text, name) for text in texts) for name in OF_PROCESS if texts}


def _of_group(master: int) -> dict[str, Optional[int]]:
    """Nothing where the host does not have one tree for all controllers, which is where systemd would write them."""
    group = group_of(read_text(f"/proc/{master}/cgroup") or "")
    if not group or not os.path.exists(f"{CGROUP}/cgroup.controllers"):
        return {}
    return {name: group_limit(read_text(f"{CGROUP}{group}/{GROUP_FILES[name]}")) for name in OF_GROUP}
