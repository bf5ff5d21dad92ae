# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many tasks and how much memory a service may use if the app declares no limit: it must not take the host down.

Both are ceilings against a fork bomb or a leak, not a plan of what the app needs, so they leave room on purpose. The
canary and the stand-in are services of their own, with the same ceilings: a deploy does not have to share one.
"""

from __future__ import annotations

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import show_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.reason import Reason

LEAST_TASKS = 2048  # processes and threads; the kernel has room for at least 32768
TASKS_EACH = 256  # of a worker, besides Gunicorn's threads: pools of numeric libraries, executors, subprocesses
# systemd computes it from the memory that the host has at boot. As bytes it would change with each kernel update, and
# with that the unit and the release.
MEMORY_PERCENT = 90


def tasks_ceiling(workers: int, threads: int, declared: int, enforced: bool) -> tuple[int, Reason]:
    """Return TasksMax and its reason; 0 if the kernel cannot limit tasks. `declared` is limits.tasks_max, else 0."""
    if declared:
        return declared, Reason("tasks", str(declared), "limits.tasks_max")
    if not enforced:
        return 0, Reason("tasks", "unlimited", "this kernel has no limit on tasks for a service")
    needed = workers * (threads + TASKS_EACH)
    number = max(LEAST_TASKS, needed)
    why = f"{workers} workers × ({threads} threads + {TASKS_EACH}) = {needed}"
    if needed < LEAST_TASKS:
        why += f", and {LEAST_TASKS} at least"
    return number, Reason("tasks", str(number), f"{why}; limits.tasks_max sets another")


def memory_ceiling(memory: int, declared: int) -> tuple[str, Reason]:
    """Return MemoryMax and its reason. `memory` is the host's, `declared` is limits.memory_max, else 0; in bytes."""
    if declared:
        return str(declared), Reason("memory", show_size(declared), "limits.memory_max")
    most = show_size(memory * MEMORY_PERCENT // 100)
    why = f"{MEMORY_PERCENT} % of the host's {show_size(memory)}, so that one app cannot exhaust it"
    return f"{MEMORY_PERCENT}%", Reason("memory", most, f"{why}; limits.memory_max sets another")
