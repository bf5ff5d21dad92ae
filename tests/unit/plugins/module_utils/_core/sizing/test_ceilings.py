# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ceilings that keep one app from taking the host down, and that no app comes near by itself."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.ceilings import (
    memory_ceiling,
    tasks_ceiling,
)

GIB = 1024**3


@pytest.mark.parametrize(
    ("workers", "threads", "declared", "enforced", "expected", "why"),
    [
        pytest.param(1, 1, 0, True, 2048, "1 workers × (1 threads + 256) = 257, and 2048 at least", id="small"),
        pytest.param(33, 32, 0, True, 9504, "33 workers × (32 threads + 256) = 9504; limits.tasks_max", id="many"),
        pytest.param(33, 32, 77, True, 77, "limits.tasks_max", id="declared"),
        pytest.param(1, 1, 0, False, 0, "no limit on tasks", id="a kernel without such a limit"),
        pytest.param(1, 1, 77, False, 77, "limits.tasks_max", id="declared, though the kernel has no such limit"),
    ],
)
def test_tasks(workers: int, threads: int, declared: int, enforced: bool, expected: int, why: str) -> None:
    number, reason = tasks_ceiling(workers, threads, declared, enforced)
    assert (number, reason.name) == (expected, "tasks")
    assert why in reason.why


@pytest.mark.parametrize("workers", [1, 8, 65, 257])
@pytest.mark.parametrize("threads", [1, 4, 32, 512])
def test_every_worker_has_room_for_threads_of_its_own(workers: int, threads: int) -> None:
    """For example an executor (at most 32), gevent's pool (10) and one thread for each CPU of a numeric library."""
    number, _reason = tasks_ceiling(workers, threads, 0, True)
    assert number >= 1 + workers * (1 + threads + 32 + 10 + 128)


@pytest.mark.parametrize(
    ("memory", "declared", "expected", "shown", "why"),
    [
        pytest.param(4 * GIB, 0, "90%", "3.6 GiB", "90 % of the host's 4.0 GiB", id="of the host"),
        pytest.param(4 * GIB, GIB, str(GIB), "1.0 GiB", "limits.memory_max", id="declared"),
    ],
)
def test_memory(memory: int, declared: int, expected: str, shown: str, why: str) -> None:
    value, reason = memory_ceiling(memory, declared)
    assert (value, reason.value) == (expected, shown)
    assert why in reason.why


def test_a_kernel_update_changes_no_unit() -> None:
    """It leaves some pages more or less to the host."""
    assert memory_ceiling(4 * GIB, 0)[0] == memory_ceiling(4 * GIB - 123 * 4096, 0)[0]
