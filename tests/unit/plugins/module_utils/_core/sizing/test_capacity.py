# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CPUs and memory after every limit of the kernel."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.capacity import (
    OwnLimits,
    capacity,
    cpu_count,
    cpu_quota,
    memory_limit,
    memory_of_unit,
    own_limits,
    within,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import Host

GIB = 1024**3


@pytest.mark.parametrize(
    ("v2", "quota", "period", "expected"),
    [
        pytest.param(None, None, None, None, id="no cgroup"),
        pytest.param("max 100000\n", None, None, None, id="v2 without limit"),
        pytest.param("150000 100000\n", None, None, 1.5, id="v2 limit"),
        pytest.param("50000", None, None, 0.5, id="v2 with the default period"),
        pytest.param("", "-1\n", "100000\n", None, id="v1 without limit"),
        pytest.param(None, "200000\n", "100000\n", 2.0, id="v1 limit"),
        pytest.param(None, "200000\n", None, None, id="v1 without a period"),
        pytest.param("max 100000\n", "200000\n", "100000\n", None, id="v2 wins"),
    ],
)
def test_cpu_quota(v2: Optional[str], quota: Optional[str], period: Optional[str], expected: Optional[float]) -> None:
    assert cpu_quota(v2, quota, period) == expected


@pytest.mark.parametrize(
    ("v2", "v1", "expected"),
    [
        pytest.param(None, None, None, id="no cgroup"),
        pytest.param("max\n", None, None, id="v2 without limit"),
        pytest.param("1073741824\n", None, GIB, id="v2 limit"),
        pytest.param(None, "9223372036854771712\n", None, id="v1 without limit"),
        pytest.param(None, "1073741824\n", GIB, id="v1 limit"),
    ],
)
def test_memory_limit(v2: Optional[str], v1: Optional[str], expected: Optional[int]) -> None:
    assert memory_limit(v2, v1) == expected


@pytest.mark.parametrize(
    ("affinity", "quota", "limit", "cpus", "memory", "cpu_reason", "memory_reason"),
    [
        pytest.param(4, None, None, 4, 8 * GIB, "4 CPUs", "8.0 GiB of memory", id="bare"),
        pytest.param(1, None, None, 1, 8 * GIB, "1 CPU", "8.0 GiB of memory", id="one"),
        pytest.param(4, 1.5, None, 1, 8 * GIB, "4 CPUs, quota 1.5 → 1 usable", "8.0 GiB of memory", id="quota"),
        pytest.param(4, 0.2, None, 1, 8 * GIB, "4 CPUs, quota 0.2 → 1 usable", "8.0 GiB of memory", id="never none"),
        pytest.param(4, 8.0, None, 4, 8 * GIB, "4 CPUs", "8.0 GiB of memory", id="quota above what is there"),
        pytest.param(4, None, GIB, 4, GIB, "4 CPUs", "the cgroup's 1.0 GiB", id="memory limit"),
        pytest.param(4, None, 16 * GIB, 4, 8 * GIB, "4 CPUs", "8.0 GiB of memory", id="limit above what is there"),
    ],
)
def test_capacity(
    affinity: int,
    quota: Optional[float],
    limit: Optional[int],
    cpus: int,
    memory: int,
    cpu_reason: str,
    memory_reason: str,
) -> None:
    host = capacity(affinity, quota, 8 * GIB, limit)
    assert (host.cpus, host.memory, host.cpu_reason, host.memory_reason) == (cpus, memory, cpu_reason, memory_reason)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0-3", 4),
        ("0 1", 2),
        ("0,2,4-5\n", 4),
        (["0-1", "1-2"], 3),
        ("7", 1),
        (3, 1),
        ("", None),
        (None, None),
        ("numa", None),
    ],
)
def test_cpu_count(value: Any, expected: Optional[int]) -> None:
    assert cpu_count(value) == expected


@pytest.mark.parametrize(
    ("limits", "service", "expected"),
    [
        pytest.param({}, {}, OwnLimits(), id="none"),
        pytest.param({}, {"CPUQuota": "150%"}, OwnLimits(quota=1.5), id="quota"),
        pytest.param({}, {"CPUQuota": ""}, OwnLimits(), id="quota taken away"),
        pytest.param({}, {"AllowedCPUs": "0-1"}, OwnLimits(2, "AllowedCPUs"), id="cpuset"),
        pytest.param(
            {}, {"AllowedCPUs": "0-3", "CPUAffinity": "0 1"}, OwnLimits(2, "CPUAffinity"), id="the smaller set"
        ),
        pytest.param(
            {"memory_high": "1G", "memory_max": "2G"},
            {},
            OwnLimits(memory=GIB, memory_from="limits.memory_high"),
            id="the smaller limit",
        ),
        pytest.param({}, {"MemoryMax": "1G"}, OwnLimits(memory=GIB, memory_from="MemoryMax"), id="by a directive"),
        pytest.param({}, {"MemoryMax": "infinity", "MemoryHigh": "80%"}, OwnLimits(), id="no number of bytes"),
    ],
)
def test_own_limits(limits: dict[str, Any], service: dict[str, Any], expected: OwnLimits) -> None:
    assert own_limits(limits, service) == expected


@pytest.mark.parametrize(
    ("own", "cpus", "reason"),
    [
        (OwnLimits(), 4, "4 CPUs"),
        (OwnLimits(2, "AllowedCPUs"), 2, "4 CPUs, 2 by AllowedCPUs"),
        (OwnLimits(8, "AllowedCPUs"), 4, "4 CPUs"),
        (OwnLimits(quota=2.5), 2, "4 CPUs, CPUQuota 2.5 → 2 usable"),
        (OwnLimits(quota=0.3), 1, "4 CPUs, CPUQuota 0.3 → 1 usable"),
        (OwnLimits(2, "CPUAffinity", 1.0), 1, "4 CPUs, 2 by CPUAffinity, CPUQuota 1 → 1 usable"),
    ],
)
def test_within(own: OwnLimits, cpus: int, reason: str) -> None:
    host = within(Host(4, "4 CPUs", GIB, "memory"), own)
    assert (host.cpus, host.cpu_reason) == (cpus, reason)


def test_memory_of_unit() -> None:
    assert memory_of_unit(OwnLimits()) == (0, "")
    assert memory_of_unit(OwnLimits(memory=1000, memory_from="MemoryMax")) == (900, "90% of MemoryMax 1000 bytes")
