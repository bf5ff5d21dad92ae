# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a master and all of its workers have booted. A healthy response alone may come from an older generation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

READY, WAIT, HOPELESS = "ready", "wait", "hopeless"
LOST_WORKERS = 3


class Seen(NamedTuple):
    """A snapshot of the processes of a unit."""

    state: str
    sub_state: str
    restarts: int
    master: int
    workers: Mapping[int, bool]  # by process id: whether it has sent at least one heartbeat


class Memory(NamedTuple):
    """What earlier snapshots showed."""

    masters: frozenset[int] = frozenset()
    booting: frozenset[int] = frozenset()
    lost: frozenset[int] = frozenset()  # workers that ended before they had booted
    restarts: int = 0  # of the unit, before anything was replaced


class Verdict(NamedTuple):
    kind: str
    why: str


def remember(before: Memory, seen: Seen) -> Memory:
    """Return the memory after one more snapshot."""
    booted = {pid for pid, beaten in seen.workers.items() if beaten}
    vanished = before.booting - set(seen.workers)
    masters = before.masters | ({seen.master} - {0})
    return Memory(masters, frozenset(set(seen.workers) - booted), before.lost | vanished, before.restarts)


def judge(seen: Seen, memory: Memory, expected: int) -> Verdict:
    """Return whether the unit is ready. `expected` is the configured number of workers."""
    restarted = seen.sub_state == "auto-restart" or seen.restarts > memory.restarts or len(memory.masters) > 1
    if seen.state == "failed" or restarted:
        return Verdict(HOPELESS, "the master died during startup")
    if len(memory.lost) >= max(LOST_WORKERS, expected):
        return Verdict(HOPELESS, f"workers die while booting ({len(memory.lost)} so far)")
    if seen.state != "active" or not seen.master:
        return Verdict(WAIT, f"the service is {seen.state or 'not loaded'}")
    booted = sum(seen.workers.values())
    if booted < expected or booted < len(seen.workers):
        return Verdict(WAIT, f"{booted} of {max(expected, len(seen.workers))} workers have booted")
    return Verdict(READY, f"{booted} of {expected} workers have booted")
