# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs compared with what a release declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import SYSTEMD, read_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.worker_class import class_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.observed import (
    MEMORY,
    OF_GROUP,
    OF_PROCESS,
    UNLIMITED,
    Ceiling,
    Live,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.parsed_unit import parse_unit

# The kinds of drift that these are.
WORKERS, LIMIT, QUEUE = "worker-count", "limit-clamped", "backlog-live"
HEARTBEATS, PORT = "tmp-not-memory", "port-stray"


class Declared(NamedTuple):
    """One instance as its release and its units declare it."""

    bind: str
    worker_class: str
    workers: int
    backlog: int
    limits: Mapping[str, int]  # by directive, those that are declared


class Difference(NamedTuple):
    """`mended` says whether processes that start now would be as declared; `told`, that systemd itself has the other
    number.
    """

    kind: str
    subject: str
    declared: str
    running: str
    mended: bool = False
    told: bool = False


def wanted(service: str, socket: str, bind: str, worker_class: str, workers: int) -> Declared:
    """From the texts of the two units."""
    directives = parse_unit(service).get("Service", {})
    given = {name: read_size(directives.get(name, [""])[-1], SYSTEMD) for name in (*OF_PROCESS, *OF_GROUP)}
    backlog = parse_unit(socket).get("Socket", {}).get("Backlog", ["0"])[-1]
    limits = {name: value for name, value in given.items() if value}
    return Declared(bind, worker_class, workers, int(backlog) if backlog.isdigit() else 0, limits)


def differences(wanted: Declared, live: Live, ceiling: Ceiling) -> list[Difference]:
    """What runs otherwise than declared; nothing for what could not be seen."""
    found = []
    workers = live.scaled or wanted.workers
    if live.workers not in (None, workers, wanted.workers):  # after HUP a scaled master has the declared number again
        found.append(Difference(WORKERS, "workers", str(workers), str(live.workers), not live.altered))
    if live.workers is not None:
        found += _limits(wanted, live, ceiling)
    if live.queue is not None and not _fits(wanted, live.queue, ceiling.somaxconn):
        found.append(Difference(QUEUE, wanted.bind, str(_queue(wanted, ceiling.somaxconn)), str(live.queue)))
    if live.heartbeats and live.heartbeats not in MEMORY:
        mended = live.heartbeats_next in MEMORY
        found.append(Difference(HEARTBEATS, live.heartbeats_in, "tmpfs", live.heartbeats, mended))
    found += [Difference(PORT, address, wanted.bind, address) for address in live.listens if address != wanted.bind]
    return [one._replace(mended=one.mended and one.subject not in live.tried) for one in found]


def _limits(wanted: Declared, live: Live, ceiling: Ceiling) -> list[Difference]:
    found = []
    for name, declared in wanted.limits.items():
        if name not in live.limits:
            continue
        running = live.limits[name]
        if running is None:
            found.append(Difference(LIMIT, name, str(declared), "not in force: this kernel has no such limit"))
            continue
        told = not _same(name, declared, live.configured.get(name, declared), ceiling.page)
        more = name in OF_PROCESS and running > declared  # whoever has told systemd so has no fewer than declared
        if not _same(name, declared, running, ceiling.page) and not (told and more):
            shown = "unlimited" if running >= UNLIMITED else str(running)
            mended = not told and declared <= ceiling.limits.get(name, UNLIMITED)
            found.append(Difference(LIMIT, name, str(declared), shown, mended, told))
    return found


def _same(name: str, one: int, other: int, page: int) -> bool:
    return one // page == other // page if name.startswith("Memory") else one == other


def _queue(wanted: Declared, somaxconn: int) -> int:
    expected = min(wanted.backlog, somaxconn)
    return min(expected, class_of(wanted.worker_class).queue or expected)


def _fits(wanted: Declared, queue: int, somaxconn: int) -> bool:
    return _queue(wanted, somaxconn) <= queue <= wanted.backlog


def subjects_to_mend(found: list[Difference]) -> tuple[str, ...]:
    return tuple(one.subject for one in found if one.mended)


def to_mend(found: list[Difference]) -> str:
    """Why processes have to be started anew; '' where none has, or where that would change nothing."""
    return "; ".join(f"{one.subject} {one.running}, declared {one.declared}" for one in found if one.mended)
