# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The running processes compared with what a release declares."""

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

# The kinds of drift that the differences belong to.
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
    """A difference of running processes.

    `fixed_by_restart`: newly started processes would be as declared. `set_in_systemd`: systemd itself has the value.
    """

    kind: str
    subject: str
    declared: str
    running: str
    fixed_by_restart: bool = False
    set_in_systemd: bool = False


def declared_by(service: str, socket: str, bind: str, worker_class: str, workers: int) -> Declared:
    """Return what an instance declares, with the limits and the backlog from the texts of its two units."""
    directives = parse_unit(service).get("Service", {})
    sizes = {name: read_size(directives.get(name, [""])[-1], SYSTEMD) for name in (*OF_PROCESS, *OF_GROUP)}
    backlog = parse_unit(socket).get("Socket", {}).get("Backlog", ["0"])[-1]
    limits = {name: value for name, value in sizes.items() if value}
    return Declared(bind, worker_class, workers, int(backlog) if backlog.isdigit() else 0, limits)


def differences(declared: Declared, live: Live, ceiling: Ceiling) -> list[Difference]:
    """Return where the running processes differ from the declaration; nothing for facts that could not be read."""
    found = []
    workers = live.scaled or declared.workers
    if live.workers not in (None, workers, declared.workers):  # HUP returns a scaled master to the declared number
        found.append(Difference(WORKERS, "workers", str(workers), str(live.workers), not live.altered))
    if live.workers is not None:
        found += _limits(declared, live, ceiling)
    if live.queue is not None and not _fits(declared, live.queue, ceiling.somaxconn):
        found.append(Difference(QUEUE, declared.bind, str(_queue(declared, ceiling.somaxconn)), str(live.queue)))
    if live.heartbeats and live.heartbeats not in MEMORY:
        fixed = live.heartbeats_next in MEMORY
        found.append(Difference(HEARTBEATS, live.heartbeats_in, "tmpfs", live.heartbeats, fixed))
    found += [Difference(PORT, address, declared.bind, address) for address in live.listens if address != declared.bind]
    return [
        one._replace(fixed_by_restart=one.fixed_by_restart and one.subject not in live.restarted_for) for one in found
    ]


def _limits(instance: Declared, live: Live, ceiling: Ceiling) -> list[Difference]:
    found = []
    for name, declared in instance.limits.items():
        if name not in live.limits:
            continue
        running = live.limits[name]
        if running is None:
            found.append(Difference(LIMIT, name, str(declared), "not in force: this kernel has no such limit"))
            continue
        in_systemd = not _same(name, declared, live.configured.get(name, declared), ceiling.page)
        more = name in OF_PROCESS and running > declared  # a limit that was raised in systemd does no harm
        if not _same(name, declared, running, ceiling.page) and not (in_systemd and more):
            shown = "unlimited" if running >= UNLIMITED else str(running)
            fixed = not in_systemd and declared <= ceiling.limits.get(name, UNLIMITED)
            found.append(Difference(LIMIT, name, str(declared), shown, fixed, in_systemd))
    return found


def _same(name: str, one: int, other: int, page: int) -> bool:
    return one // page == other // page if name.startswith("Memory") else one == other


def _queue(instance: Declared, somaxconn: int) -> int:
    expected = min(instance.backlog, somaxconn)
    return min(expected, class_of(instance.worker_class).queue or expected)


def _fits(instance: Declared, queue: int, somaxconn: int) -> bool:
    return _queue(instance, somaxconn) <= queue <= instance.backlog


def fixed_subjects(found: list[Difference]) -> tuple[str, ...]:
    """Return the subjects of the differences that a restart fixes."""
    return tuple(one.subject for one in found if one.fixed_by_restart)


def why_restart(found: list[Difference]) -> str:
    """Return why the processes have to be restarted; '' if nothing differs, or if a restart would not help."""
    return "; ".join(f"{one.subject} {one.running}, declared {one.declared}" for one in found if one.fixed_by_restart)
