# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CPUs and memory after every limit of the kernel."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.capacity import (
    capacity,
    cpu_quota,
    memory_limit,
)

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
