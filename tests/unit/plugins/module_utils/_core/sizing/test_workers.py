# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many workers of which kind, and why."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import (
    ASSUMED_WORKER_MEMORY,
    MEMORY_SHARE,
    PROFILES,
    Host,
    size,
)
from hypothesis import given, settings
from hypothesis import strategies as st

MIB = 1024**2
GIB = 1024**3
BIG = 64 * GIB
PROFILE = st.sampled_from(sorted(PROFILES))
CPUS = st.integers(1, 256)
MEMORY = st.integers(16 * MIB, 1024 * GIB)
SHARES = st.integers(1, 20)
WORKER = st.sampled_from([0, MIB, 80 * MIB, 3 * GIB])
PROPERTY = settings(derandomize=True, max_examples=100, deadline=None)


def host(cpus: int, memory: int = BIG) -> Host:
    return Host(cpus, f"{cpus} CPUs", memory, "memory")


@given(PROFILE, CPUS, MEMORY, SHARES, WORKER, st.sampled_from([0, GIB]))
@PROPERTY
def test_never_none_and_never_above_the_budget(
    profile: str, cpus: int, memory: int, shares: int, worker: int, budget: int
) -> None:
    found = size(profile, host(cpus, memory), shares=shares, measured=worker, memory_budget=budget)
    assert (
        found == size(profile, host(cpus, memory), shares=shares, worker_memory=worker, memory_budget=budget) or worker
    )
    assert found.workers >= 1
    assert found.threads >= 1
    allowed = budget or memory * MEMORY_SHARE / shares
    assert found.workers == 1 or found.workers * (worker or ASSUMED_WORKER_MEMORY) <= allowed
    assert found.workers <= 2 * cpus + 1


@given(PROFILE, CPUS, CPUS, MEMORY, MEMORY, SHARES, WORKER)
@PROPERTY
def test_more_host_never_means_fewer_workers(
    profile: str, cpus: int, more_cpus: int, memory: int, more_memory: int, shares: int, worker: int
) -> None:
    (cpus, more_cpus), (memory, more_memory) = sorted((cpus, more_cpus)), sorted((memory, more_memory))
    smaller = size(profile, host(cpus, memory), shares=shares, worker_memory=worker)
    assert size(profile, host(more_cpus, memory), shares=shares, worker_memory=worker).workers >= smaller.workers
    assert size(profile, host(cpus, more_memory), shares=shares, worker_memory=worker).workers >= smaller.workers


@given(PROFILE, CPUS, MEMORY, SHARES, SHARES)
@PROPERTY
def test_all_instances_together_fit(profile: str, cpus: int, memory: int, shares: int, more: int) -> None:
    shares, more = sorted((shares, more))
    each = size(profile, host(cpus, memory), shares=shares).workers
    assert each == 1 or each * shares * ASSUMED_WORKER_MEMORY <= memory * MEMORY_SHARE
    assert size(profile, host(cpus, memory), shares=more).workers <= each


@pytest.mark.parametrize(
    ("profile", "cpus", "expected"),
    [
        ("cpu", 1, ("sync", 2, 1, 0)),
        ("cpu", 4, ("sync", 5, 1, 0)),
        ("io", 1, ("gthread", 3, 16, 0)),
        ("io", 4, ("gthread", 9, 16, 0)),
        ("mixed", 1, ("gthread", 3, 4, 0)),
        ("mixed", 2, ("gthread", 5, 4, 0)),
        ("realtime", 1, ("asgi", 2, 1, 1000)),
        ("realtime", 8, ("asgi", 9, 1, 1000)),
    ],
)
def test_profiles(profile: str, cpus: int, expected: tuple[str, int, int, int]) -> None:
    found = size(profile, host(cpus))
    assert (found.worker_class, found.workers, found.threads, found.connections) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"memory": GIB}, 5, id="768 MiB hold five"),
        pytest.param({"memory": 128 * MIB}, 1, id="not even one fits"),
        pytest.param({"memory": 2 * GIB, "shares": 4}, 2, id="shared"),
        pytest.param({"memory": 2 * GIB, "worker_memory": 512 * MIB}, 3, id="workers as given"),
        pytest.param({"memory": 2 * GIB, "measured": 512 * MIB}, 3, id="workers as measured"),
        pytest.param({"unit_memory": (512 * MIB, "")}, 3, id="the unit's own limit"),
        pytest.param({"memory": GIB, "unit_memory": (64 * GIB, "")}, 5, id="a limit above the share of the host"),
        pytest.param({"unit_memory": (512 * MIB, ""), "memory_budget": 300 * MIB}, 2, id="a budget goes first"),
        pytest.param({"memory": 2 * GIB, "measured": GIB, "worker_memory": 512 * MIB}, 3, id="given goes first"),
        pytest.param({"memory": 64 * GIB, "memory_budget": 300 * MIB}, 2, id="budget"),
        pytest.param(
            {"memory": 64 * GIB, "memory_budget": 300 * MIB, "shares": 9}, 2, id="an own budget is not shared"
        ),
        pytest.param({"memory": 64 * GIB}, 17, id="the CPUs are the limit"),
    ],
)
def test_memory(given: dict[str, Any], expected: int) -> None:
    options = dict(given)
    assert size("mixed", host(8, options.pop("memory", 64 * GIB)), **options).workers == expected


@pytest.mark.parametrize(
    ("settings", "env", "expected", "said"),
    [
        pytest.param({"workers": 7}, {"GUNICORN_WORKERS": "8"}, 7, "declared in settings", id="settings first"),
        pytest.param(
            {}, {"GUNICORN_WORKERS": "8", "WEB_CONCURRENCY": "9"}, 8, "GUNICORN_WORKERS in env", id="then this"
        ),
        pytest.param({}, {"WEB_CONCURRENCY": "9"}, 9, "WEB_CONCURRENCY in env", id="then that"),
        pytest.param({}, {"WEB_CONCURRENCY": "0"}, 5, "profile mixed", id="0 means nothing"),
        pytest.param({}, {"WEB_CONCURRENCY": "many"}, 5, "profile mixed", id="not a number"),
        pytest.param({}, {"WEB_CONCURRENCY": "-3"}, 5, "profile mixed", id="negative"),
        pytest.param({}, {"WEB_CONCURRENCY": "²"}, 5, "profile mixed", id="a digit that is no number"),
    ],
)
def test_precedence(settings: dict[str, Any], env: dict[str, str], expected: int, said: str) -> None:
    found = size("mixed", host(2), settings=settings, env=env)
    assert found.workers == expected
    assert any(str(reason).startswith(f"workers {expected}: {said}") for reason in found.reasons)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({"worker_class": "gthread"}, ("gthread", 1, 0), id="gthread in a profile without threads"),
        pytest.param({"worker_class": "gthread", "threads": 8}, ("gthread", 8, 0), id="threads"),
        pytest.param({"worker_class": "gevent"}, ("gevent", 1, 1000), id="event loop"),
        pytest.param({"worker_class": "gevent", "worker_connections": 50}, ("gevent", 1, 50), id="connections"),
        pytest.param({"worker_class": None}, ("sync", 1, 0), id="null is the profile's"),
    ],
)
def test_declared_class(settings: dict[str, Any], expected: tuple[str, int, int]) -> None:
    found = size("cpu", host(2), settings=settings)
    assert (found.worker_class, found.threads, found.connections) == expected


def test_reasons_name_every_number_and_what_to_set() -> None:
    found = size("mixed", Host(2, "2 CPUs", 4 * GIB, "4.0 GiB of memory"), shares=2)
    assert tuple(map(str, found.reasons)) == (
        "worker_class gthread: profile mixed, a few threads cover waiting without fighting for the interpreter lock",
        "workers 5: profile mixed gives 2 × CPUs + 1 = 5 with 2 CPUs; 10 fit in 1.5 GiB (75% of 4.0 GiB of memory, "
        "shared by 2 instances) at 150 MiB each (assumed until the app has been imported; or set worker_memory)",
        "threads 4: profile mixed; 5 × 4 = 20 requests at a time",
        "open files 8192 of each process: 2 × 1000 connections of a worker + 1024 = 3024, and 8192 at least; "
        "limits.nofile sets another",
        "tasks 2048: 5 workers × (4 threads + 256) = 1300, and 2048 at least; limits.tasks_max sets another",
        "memory 3.6 GiB: 90 % of the host's 4.0 GiB, so that one app cannot exhaust it; limits.memory_max sets another",
    )
