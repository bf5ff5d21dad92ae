# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many workers of which kind, and why: a pure function of the app's profile and the host's CPUs and memory."""

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
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.open_files import open_files
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.reason import Reason

ASSUMED_WORKER_MEMORY = 150 * 1024**2
MEMORY_SHARE = 0.75  # the rest is for the kernel's page cache, nginx and the system
OVERRIDES = ("GUNICORN_WORKERS", "WEB_CONCURRENCY")


@dataclass(frozen=True)
class Profile:
    """A kind of load, and what suits it."""

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
    """What the host gives: CPUs that may really be used, memory that may really be used, and where that was read."""

    cpus: int
    cpu_reason: str
    memory: int
    memory_reason: str
    files: int = 0  # the most that a process may have open; 0: not known


@dataclass(frozen=True)
class Sizing:
    worker_class: str
    workers: int
    threads: int
    connections: int
    nofile: int
    reasons: tuple[Reason, ...] = ()


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
) -> Sizing:
    """Choose class, workers, threads, connections and open files; `shares` instances on the host divide its memory.

    Bytes of a worker are given by the user, or measured when the app was imported, or assumed.

    Precedence for workers: `settings.workers` (a number, or a formula such as `2n+1`), GUNICORN_WORKERS,
    WEB_CONCURRENCY, the profile's formula. Formulas are held to the memory budget, numbers are not.
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
    return Sizing(worker_class, workers, threads, connections, files, (*reasons, why_files))


def _workers(
    chosen: Profile,
    profile: str,
    host: Host,
    given: Mapping[str, Any],
    env: Mapping[str, str],
    memory: tuple[int, str],
) -> tuple[int, str]:
    """The number, and where it comes from."""
    asked = given.get("workers")
    if asked and not is_formula(asked):
        return int(given["workers"]), "declared in settings"
    for name in () if asked else OVERRIDES:
        if env.get(name, "").isdecimal() and int(env[name]) > 0:
            return int(env[name]), f"{name} in env"
    formula = str(asked).strip() if asked else chosen.formula
    by_cpu = by_formula(formula, host.cpus) if asked else chosen.per_cpu * host.cpus + chosen.extra
    source = f"{formula}, declared in settings, gives {by_cpu}" if asked else ""
    source = source or f"profile {profile} gives {formula} = {by_cpu}"
    by_memory, limit = memory
    return min(by_cpu, by_memory), f"{source} with {host.cpu_reason}; {limit}"


def _each(given: int, measured: int) -> tuple[int, str]:
    """Bytes of one worker, and where the number comes from."""
    if given:
        return given, "worker_memory"
    if measured:
        return measured, "measured when the app was imported, and room for requests; worker_memory sets another"
    return ASSUMED_WORKER_MEMORY, "assumed until the app has been imported; or set worker_memory"


def _memory(
    host: Host, each: tuple[int, str], budget: int, unit_memory: tuple[int, str], shares: int
) -> tuple[int, str]:
    """How many workers fit, and why; always one. `unit_memory` is what the unit's own limit leaves, and its reason."""
    room, share = int(host.memory * MEMORY_SHARE / shares), f"{MEMORY_SHARE:.0%} of {host.memory_reason}"
    if shares > 1:
        share += f", shared by {shares} instances"
    if 0 < unit_memory[0] < room:
        room, share = unit_memory
    if budget:
        room, share = budget, "memory_budget"
    number = max(1, room // each[0])
    if room < each[0]:
        told = (
            f"not even one fits in {show_size(room)} ({share}) at {show_size(each[0])} ({each[1]}), so one is the least"
        )
        return 1, told
    return number, f"{number} fit in {show_size(room)} ({share}) at {show_size(each[0])} each ({each[1]})"
