# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the host really gives to a service: CPUs and memory, after every limit that the kernel enforces."""

from __future__ import annotations

from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizes import show_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing import Host

UNLIMITED = 1 << 60  # cgroup v1 writes "no limit" as a number near 2^63


def cpu_quota(v2: Optional[str], v1_quota: Optional[str], v1_period: Optional[str]) -> Optional[float]:
    """CPUs by the cgroup's quota, or None where there is none. `v2` is the text of cpu.max."""
    if v2 and v2.split():
        quota, _separator, period = v2.strip().partition(" ")
        return None if quota == "max" else int(quota) / int(period or 100000)
    if v1_quota and v1_period and int(v1_quota) > 0:
        return int(v1_quota) / int(v1_period)
    return None


def memory_limit(v2: Optional[str], v1: Optional[str]) -> Optional[int]:
    """Bytes by the cgroup's limit, or None where there is none."""
    for text in (v2, v1):
        if text and text.strip().isdigit():
            limit = int(text)
            return limit if limit < UNLIMITED else None
    return None


def capacity(affinity: int, quota: Optional[float], total: int, limit: Optional[int]) -> Host:
    """Combine what is there with what may be used; each number keeps where it comes from."""
    cpus = affinity
    cpu_reason = f"{affinity} CPU{'s' if affinity != 1 else ''}"
    if quota is not None and quota < affinity:
        cpus = max(1, int(quota))
        cpu_reason += f", quota {quota:g} → {cpus} usable"
    if limit is not None and limit < total:
        return Host(cpus, cpu_reason, limit, f"the cgroup's {show_size(limit)}")
    return Host(cpus, cpu_reason, total, f"{show_size(total)} of memory")
