# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Do the profiles choose well? Each against Gunicorn's defaults, the formula from the blogs, and the best of a grid."""

from __future__ import annotations

import re
import statistics
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ground import SITE, Ground

APP = Path(__file__).parent / "kinds"
APPS_ONLY = "- hosts: all\n  gather_facts: false\n  roles: [wsgiops.gunicorn.gunicorn_apps]\n"
CONNECTIONS = 50
SECONDS = 3
ROUNDS = 3
FINALISTS = 3
# The kind of request, and the profile that is meant for it: `cpu` is for requests that do not wait.
MEANT = {"trivial": "cpu", "cpu": "cpu", "io": "io"}
PROFILES = ("cpu", "io", "mixed")


@dataclass(frozen=True)
class Point:
    """One way to run the app."""

    worker_class: str
    workers: int
    threads: int = 1

    def __str__(self) -> str:
        threads = f" × {self.threads} threads" if self.worker_class == "gthread" else ""
        return f"{self.workers} {self.worker_class}{threads}"

    @property
    def settings(self) -> dict[str, Any]:
        """As they are declared."""
        chosen = {"worker_class": self.worker_class, "workers": self.workers}
        return {**chosen, "threads": self.threads} if self.worker_class == "gthread" else chosen


GRID = [
    *(Point("sync", workers) for workers in (1, 2, 3, 4, 5, 8)),
    *(Point("gthread", workers, threads) for workers in (1, 2, 3, 5) for threads in (2, 4, 8, 16, 32)),
    *(Point("gevent", workers) for workers in (1, 2, 3, 5)),
]
DEFAULT = Point("sync", 1)


@dataclass(frozen=True)
class Seen:
    """Requests per second, and the 99th percentile in milliseconds."""

    rate: float
    p99: float


def declare(settings: Mapping[str, Any], profile: str) -> dict[str, Any]:
    """The app as a user would declare it."""
    app = {
        "app": "kinds:app",
        "source": {"local": str(APP)},
        "extras": ["gevent"],
        "profile": profile,
        "strategy": "restart",
        "settings": dict(settings),
        "server_name": ["kinds.localhost"],
    }
    return {"gunicorn_apps": {"kinds": app}}


def load(ground: Ground, kind: str) -> Seen:
    """wrk through nginx, from the same host: its CPUs are those that the app has as well."""
    url = f"http://127.0.0.1:80/{kind}"
    wrk = f"wrk -t1 -c{CONNECTIONS} -d{SECONDS}s --timeout 30s --latency"
    said = ground.host.out(f"{wrk} -H 'Host: kinds.localhost' {url}")
    if "Non-2xx" in said or "Socket errors" in said:
        sys.exit(f"bench: requests of kind {kind} failed\n{said}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1))
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()
    return Seen(rate, float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit])


def chosen(ground: Ground, profile: str) -> Point:
    """What the profile comes to on this host, as the role itself says."""
    told = ground.result(APPS_ONLY, declare({}, profile)).of("gunicorn_apps")["apps"]["kinds"]["instances"]["web"]
    return Point(told["worker_class"], told["workers"], told["threads"])


def profiles(ground: Ground) -> Iterator[str]:
    """Every point of the grid once; then the finalists and those that they are compared with, taking turns."""
    ground.run(SITE, declare(DEFAULT.settings, "mixed"))
    ground.host.run("apt-get update -q && apt-get install -qy --no-install-recommends wrk")
    points = {profile: chosen(ground, profile) for profile in PROFILES}
    naive = Point("sync", 2 * int(ground.host.out("nproc")) + 1)
    first: dict[str, dict[Point, Seen]] = {kind: {} for kind in MEANT}
    for point in dict.fromkeys([*GRID, naive, *points.values()]):
        ground.run(APPS_ONLY, declare(point.settings, "mixed"))
        for kind in MEANT:
            first[kind][point] = load(ground, kind)
        told = ", ".join(f"{kind} {seen[point].rate:.0f}" for kind, seen in first.items())
        yield f"{point!s:<28} requests/s: {told}"

    wanted: dict[Point, set[str]] = {}
    for kind, seen in first.items():
        best = sorted(seen, key=lambda point: seen[point].rate, reverse=True)[:FINALISTS]
        for point in (*best, DEFAULT, naive, *points.values()):
            wanted.setdefault(point, set()).add(kind)
    runs: dict[str, dict[Point, list[Seen]]] = {kind: {} for kind in MEANT}
    for _number in range(ROUNDS):
        for point, kinds in wanted.items():
            ground.run(APPS_ONLY, declare(point.settings, "mixed"))
            for kind in (one for one in MEANT if one in kinds):  # those that leave work behind come last
                runs[kind].setdefault(point, []).append(load(ground, kind))
    yield from table(runs, points, naive)


def table(runs: Mapping[str, Mapping[Point, list[Seen]]], points: Mapping[str, Point], naive: Point) -> Iterator[str]:
    """Markdown, for the documentation."""
    yield ""
    yield "| request | | runs as | requests/s | p99, ms | of the best |"
    yield "|---|---|---|--:|--:|--:|"
    for kind, seen in runs.items():
        median = {
            point: Seen(statistics.median(one.rate for one in all_), statistics.median(one.p99 for one in all_))
            for point, all_ in seen.items()
        }
        best = max(median, key=lambda point: median[point].rate)
        rows = {
            "Gunicorn's defaults": DEFAULT,
            "2n+1 sync": naive,
            **{_named(profile, kind): points[profile] for profile in PROFILES},
            "best of the grid": best,
        }
        for what, point in rows.items():
            share = median[point].rate / median[best].rate
            yield f"| {kind} | {what} | {point} | {median[point].rate:.0f} | {median[point].p99:.0f} | {share:.0%} |"


def _named(profile: str, kind: str) -> str:
    return f"**profile `{profile}`**" if profile == MEANT[kind] else f"profile `{profile}`"
