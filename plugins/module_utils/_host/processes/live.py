# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read what is in force for the processes of services: number of workers, limits, the heartbeats' file system."""

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

SETTLE = 0.3  # seconds; a worker that is just being replaced is not a difference
LONGEST = 3.0  # seconds to wait while the number changes; a master starts its workers one after the other
YOUNG = 5.0  # seconds after its start in which a master may still be starting workers
LIVE_PROPERTIES = (*SOFT.values(), *OF_GROUP, "DropInPaths")
GROUP_FILES = {"TasksMax": "pids.max", "MemoryHigh": "memory.high", "MemoryMax": "memory.max"}


class Expectation(NamedTuple):
    """A running service, and how many workers it is expected to have."""

    master: int
    workers: int
    scaled: int = 0
    restarted_for: tuple[str, ...] = ()
    shown: Mapping[str, str] = {}  # LIVE_PROPERTIES, as systemd has them


def read_live(services: Mapping[str, Expectation]) -> dict[str, Live]:
    """Return the facts by unit. While a number of workers is not the expected one but changes, wait and look again."""
    found = {unit: heartbeats(one.master) for unit, one in services.items()}
    late = [unit for unit, one in services.items() if len(found[unit]) != (one.scaled or one.workers)]
    end = time.monotonic() + LONGEST
    while late and time.monotonic() < end:
        time.sleep(SETTLE)
        seen = {unit: heartbeats(services[unit].master) for unit in late}
        late = [
            unit
            for unit, one in services.items()
            if unit in seen
            and len(seen[unit]) != (one.scaled or one.workers)
            and (len(seen[unit]) != len(found[unit]) or time.time() - since_epoch(one.master) < YOUNG)
        ]
        found.update(seen)
    mounts = read_text("/proc/self/mountinfo") or ""
    return {unit: _live(one, found[unit], mounts) for unit, one in services.items()}


def _live(one: Expectation, workers: Mapping[tuple[int, int], Heartbeat], mounts: str) -> Live:
    """Return the facts of one service. Its master has each worker's heartbeat file open, which gives their number."""
    (device, _inode), beat = next(iter(workers.items()), ((0, 0), None))
    place = beat.directory if beat else ""
    number = f"{os.major(device)}:{os.minor(device)}"
    host = file_system_on(mounts, number)
    own = "" if host else file_system_on(text_of(one.master, "mountinfo"), number)  # only the service sees it
    on = host or own
    return Live(
        workers=len(workers),
        scaled=one.scaled,
        restarted_for=one.restarted_for,
        limits={**_of_process([one.master, *children_of(one.master)]), **_of_group(one.master)},
        configured=configured(one.shown),
        altered=bool(drop_ins(one.shown)),
        heartbeats=(on or file_system_of(mounts, place)) if place else "",
        heartbeats_in=place,
        heartbeats_next=(own or file_system_of(mounts, place)) if place else "",
        since=iso(since_epoch(one.master)),
    )


def _of_process(pids: Iterable[int]) -> dict[str, Optional[int]]:
    """Return the lowest limit of all these processes, by directive."""
    texts = [text for text in (text_of(pid, "limits") for pid in pids) if text]
    return {name: min(limit_of(text, name) for text in texts) for name in OF_PROCESS if texts}


def _of_group(master: int) -> dict[str, Optional[int]]:
    """Return the limits of the control group; {} without the unified hierarchy, the only one that is read."""
    group = group_of(text_of(master, "cgroup"))
    if not group or not os.path.exists(f"{CGROUP}/cgroup.controllers"):
        return {}
    return {name: group_limit(read_text(f"{CGROUP}{group}/{GROUP_FILES[name]}")) for name in OF_GROUP}
