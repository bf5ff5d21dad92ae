# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many workers of which class, and why: a pure function of the app's profile and the host's CPUs and memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import show_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.worker_class import (
    DEFAULT_CONNECTIONS,
    class_of,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.worker_formula import (
    by_formula,
    is_formula,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.ceilings import (
    memory_ceiling,
    tasks_ceiling,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.open_files import open_files
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.reason import Reason

ASSUMED_WORKER_MEMORY = 150 * 1024**2
MEMORY_SHARE = 0.75  # the rest is for the kernel's page cache, nginx and the system
OVERRIDES = ("GUNICORN_WORKERS", "WEB_CONCURRENCY")


@dataclass(frozen=True)
class Profile:
    """A kind of load, and the settings that suit it."""

    worker_class: str
    per_cpu: int
    extra: int
    threads: int
    connections: int
    why: str

    @property
    def formula(self) -> str:
        factor = "CPUs" if self.per_cpu == 1 else f"{self.per_cpu} × CPUs"
        return f"{factor} + {self.extra}"


PROFILES: Mapping[str, Profile] = {
    "cpu": Profile(
        "sync", 1, 1, 1, 0, "CPU-bound requests gain nothing from more processes than CPUs; one more covers a stall"
    ),
    "io": Profile("gthread", 2, 1, 16, 0, "requests that wait on I/O share a worker's threads"),
    "mixed": Profile("gthread", 2, 1, 4, 0, "a few threads cover waiting without fighting for the interpreter lock"),
    "realtime": Profile("asgi", 1, 1, 1, 1000, "an event loop holds many open connections in one process"),
}


@dataclass(frozen=True)
class Host:
    """The CPUs and bytes of memory that may really be used, and where each number comes from."""

    cpus: int
    cpu_reason: str
    memory: int
    memory_reason: str
    files: int = 0  # highest open-file limit of a process; 0: not known
    tasks: bool = True  # whether the kernel can limit the tasks of a service


@dataclass(frozen=True)
class Sizing:
    worker_class: str
    workers: int
    threads: int
    connections: int
    nofile: int
    reasons: tuple[Reason, ...] = ()
    tasks: int = 0  # TasksMax; 0: none
    memory: str = ""  # MemoryMax; '': none


def size(
    profile: str,
    host: Host,
    *,
    settings: Optional[Mapping[str, Any]] = None,
    env: Optional[Mapping[str, str]] = None,
    worker_memory: int = 0,
    measured: int = 0,
    memory_budget: int = 0,
    unit_memory: tuple[int, str] = (0, ""),
    shares: int = 1,
    nofile: int = 0,
    tasks_max: int = 0,
    memory_max: int = 0,
) -> Sizing:
    """Choose class, workers, threads, connections and limits; `shares` instances share the host's memory.

    The memory of a worker, in bytes, is the declared one (`worker_memory`), else the one measured when the app was
    imported (`measured`), else an assumption.

    Precedence for workers: `settings.workers` (a number, or a formula such as `2n+1`), GUNICORN_WORKERS,
    WEB_CONCURRENCY, the profile's formula. Formulas are capped by the memory budget, numbers are not.
    """
    given = settings or {}
    chosen = PROFILES[profile]
    worker_class = str(given.get("worker_class") or chosen.worker_class)
    declared = "declared in settings"
    why = declared if given.get("worker_class") else f"profile {profile}, {chosen.why}"
    reasons = [Reason("worker_class", worker_class, why)]
    memory = _memory(host, _each(worker_memory, measured), memory_budget, unit_memory, shares)
    workers, why = _workers(chosen, profile, host, given, env or {}, memory)
    reasons.append(Reason("workers", str(workers), why))
    kind = class_of(worker_class)
    threads = int(given.get("threads") or (chosen.threads if kind.has_threads else 1))
    if kind.has_threads:
        origin = declared if given.get("threads") else f"profile {profile}"
        why = f"{origin}; {workers} × {threads} = {workers * threads} requests at a time"
        reasons.append(Reason("threads", str(threads), why))
    connections = int(given.get("worker_connections") or (DEFAULT_CONNECTIONS if kind.writes_connections else 0))
    files, why_files = open_files(worker_class, connections, nofile, host.files)
    tasks, why_tasks = tasks_ceiling(workers, threads, tasks_max, host.tasks)
    ceiling, why_ceiling = memory_ceiling(host.memory, memory_max)
    reasons += [why_files, why_tasks, why_ceiling]
    return Sizing(worker_class, workers, threads, connections, files, tuple(reasons), tasks, ceiling)


def _workers(
    chosen: Profile,
    profile: str,
    host: Host,
    given: Mapping[str, Any],
    env: Mapping[str, str],
    memory: tuple[int, str],
) -> tuple[int, str]:
    """Return the number of workers, and its origin."""
    declared = given.get("workers")
    if declared and not is_formula(declared):
        return int(given["workers"]), "declared in settings"
    for name in () if declared else OVERRIDES:
        if env.get(name, "").isdecimal() and int(env[name]) > 0:
            return int(env[name]), f"{name} in env"
    formula = str(declared).strip() if declared else chosen.formula
    by_cpu = by_formula(formula, host.cpus) if declared else chosen.per_cpu * host.cpus + chosen.extra
    source = f"{formula}, declared in settings, gives {by_cpu}" if declared else ""
    source = source or f"profile {profile} gives {formula} = {by_cpu}"
    by_memory, limit = memory
    return min(by_cpu, by_memory), f"{source} with {host.cpu_reason}; {limit}"


def _each(declared: int, measured: int) -> tuple[int, str]:
    """Return the bytes of one worker, and the origin of the number."""
    if declared:
        return declared, "worker_memory"
    if measured:
        return measured, "measured when the app was imported, and room for requests; worker_memory sets another"
    return ASSUMED_WORKER_MEMORY, "assumed until the app has been imported; or set worker_memory"


def _memory(
    host: Host, each: tuple[int, str], budget: int, unit_memory: tuple[int, str], shares: int
) -> tuple[int, str]:
    """Return how many workers fit, at least 1, and why. `unit_memory` is what the unit's own limit leaves, and why."""
    room, share = int(host.memory * MEMORY_SHARE / shares), f"{MEMORY_SHARE:.0%} of {host.memory_reason}"
    if shares > 1:
        share += f", shared by {shares} instances"
    if 0 < unit_memory[0] < room:
        room, share = unit_memory
    if budget:
        room, share = budget, "memory_budget"
    number = max(1, room // each[0])
    if room < each[0]:
        why = (
            f"not even one fits in {show_size(room)} ({share}) at {show_size(each[0])} ({each[1]}), so one is the least"
        )
        return 1, why
    return number, f"{number} fit in {show_size(room)} ({share}) at {show_size(each[0])} each ({each[1]})"
