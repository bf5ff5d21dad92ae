# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""See what the processes of services really have: how many workers, which limits, heartbeats on which file system."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.observed import (
    OF_GROUP,
    OF_PROCESS,
    Live,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.parse import (
    SOFT,
    configured,
    drop_ins,
    file_system_of,
    file_system_on,
    group_limit,
    group_of,
    limit_of,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.ceiling import CGROUP
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.workers import Heartbeat, heartbeats
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.clock import iso
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import read_text
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import (
    children_of,
    since_epoch,
    text_of,
)

SETTLE = 0.3  # a worker that is just being replaced is no difference
LONGEST = 3.0  # seconds to wait for a number that changes; a master starts its workers one after the other
YOUNG = 5.0  # seconds after its start
LIVE_PROPERTIES = (*SOFT.values(), *OF_GROUP, "DropInPaths")
GROUP_FILES = {"TasksMax": "pids.max", "MemoryHigh": "memory.high", "MemoryMax": "memory.max"}


class Asked(NamedTuple):
    """A service that runs, and how many workers are expected."""

    master: int
    workers: int
    scaled: int = 0
    tried: tuple[str, ...] = ()
    shown: Mapping[str, str] = {}  # LIVE_PROPERTIES, as systemd has them


def read_live(services: Mapping[str, Asked]) -> dict[str, Live]:
    """By unit. Only where a number is not the expected one it waits, as long as that changes, and looks again."""
    found = {unit: heartbeats(asked.master) for unit, asked in services.items()}
    late = [unit for unit, asked in services.items() if len(found[unit]) != (asked.scaled or asked.workers)]
    end = time.monotonic() + LONGEST
    while late and time.monotonic() < end:
        time.sleep(SETTLE)
        seen = {unit: heartbeats(services[unit].master) for unit in late}
        late = [
            unit
            for unit, asked in services.items()
            if unit in seen
            and len(seen[unit]) != (asked.scaled or asked.workers)
            and (len(seen[unit]) != len(found[unit]) or time.time() - since_epoch(asked.master) < YOUNG)
        ]
        found.update(seen)
    mounts = read_text("/proc/self/mountinfo") or ""
    return {unit: _live(asked, found[unit], mounts) for unit, asked in services.items()}


def _live(asked: Asked, workers: Mapping[tuple[int, int], Heartbeat], mounts: str) -> Live:
    """A master has the heartbeat of each of its workers open, so that it tells how many there are."""
    (device, _inode), beat = next(iter(workers.items()), ((0, 0), None))
    place = beat.directory if beat else ""
    on = file_system_on(mounts, f"{os.major(device)}:{os.minor(device)}")
    return Live(
        workers=len(workers),
        scaled=asked.scaled,
        tried=asked.tried,
        limits={**_of_process([asked.master, *children_of(asked.master)]), **_of_group(asked.master)},
        configured=configured(asked.shown),
        altered=bool(drop_ins(asked.shown)),
        heartbeats=(on or file_system_of(mounts, place)) if place else "",
        heartbeats_in=place,
        heartbeats_next=file_system_of(mounts, place) if place else "",
        since=iso(since_epoch(asked.master)),
    )


def _of_process(pids: Iterable[int]) -> dict[str, Optional[int]]:
    """The lowest of all of them."""
    texts = [text for text in (text_of(pid, "limits") for pid in pids) if text]
    return {name: min(limit_of(text, name) for text in texts) for name in OF_PROCESS if texts}


def _of_group(master: int) -> dict[str, Optional[int]]:
    """Nothing where the host does not have one tree for all controllers, which is where systemd would write them."""
    group = group_of(text_of(master, "cgroup"))
    if not group or not os.path.exists(f"{CGROUP}/cgroup.controllers"):
        return {}
    return {name: group_limit(read_text(f"{CGROUP}{group}/{GROUP_FILES[name]}")) for name in OF_GROUP}
