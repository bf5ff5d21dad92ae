# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CPUs and memory that a service really has, after every limit that the kernel enforces."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import LIMIT, read_size, show_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import Host

OWN_SHARE = 0.9  # of a unit's own memory limit; the rest is for Gunicorn's master
UNLIMITED = 1 << 60  # cgroup v1 writes "no limit" as a number near 2^63


def cpu_quota(v2: Optional[str], v1_quota: Optional[str], v1_period: Optional[str]) -> Optional[float]:
    """Return the cgroup's CPU quota in CPUs, or None if it has none. `v2` is the content of cpu.max."""
    if v2 and v2.split():
        quota, _separator, period = v2.strip().partition(" ")
        return None if quota == "max" else int(quota) / int(period or 100000)
    if v1_quota and v1_period and int(v1_quota) > 0:
        return int(v1_quota) / int(v1_period)
    return None


def memory_limit(v2: Optional[str], v1: Optional[str]) -> Optional[int]:
    """Return the cgroup's memory limit in bytes, or None if it has none."""
    for text in (v2, v1):
        if text and text.strip().isdigit():
            limit = int(text)
            return limit if limit < UNLIMITED else None
    return None


def capacity(affinity: int, quota: Optional[float], total: int, limit: Optional[int]) -> Host:
    """Combine what the host has with what may be used; each number carries its origin."""
    cpus = affinity
    cpu_reason = f"{affinity} CPU{'s' if affinity != 1 else ''}"
    if quota is not None and quota < affinity:
        cpus = max(1, int(quota))
        cpu_reason += f", quota {quota:g} → {cpus} usable"
    if limit is not None and limit < total:
        return Host(cpus, cpu_reason, limit, f"the cgroup's {show_size(limit)}")
    return Host(cpus, cpu_reason, total, f"{show_size(total)} of memory")


class OwnLimits(NamedTuple):
    """The limits of a unit itself; None where nothing is declared."""

    cpus: Optional[int] = None
    cpus_from: str = ""
    quota: Optional[float] = None
    memory: Optional[int] = None
    memory_from: str = ""


def own_limits(limits: Mapping[str, Any], service: Mapping[str, Any]) -> OwnLimits:
    """Return the lowest limits among the app's `limits` and the directives that its user has added to the unit."""
    sets = {name: cpu_count(service.get(name)) for name in ("AllowedCPUs", "CPUAffinity")}
    counted = {name: count for name, count in sets.items() if count}
    cpus_from = min(counted, key=lambda name: counted[name], default="")
    percent = re.match(r"(\d+(?:\.\d+)?)%\Z", str(service.get("CPUQuota", "")).strip())
    sizes = {
        "limits.memory_high": limits.get("memory_high"),
        "limits.memory_max": limits.get("memory_max"),
        "MemoryHigh": service.get("MemoryHigh"),
        "MemoryMax": service.get("MemoryMax"),
    }
    read = {name: read_size(str(text), LIMIT) for name, text in sizes.items()}
    bytes_of = {name: size for name, size in read.items() if size}
    memory_from = min(bytes_of, key=lambda name: bytes_of[name], default="")
    return OwnLimits(
        counted.get(cpus_from),
        cpus_from,
        float(percent.group(1)) / 100 if percent else None,
        bytes_of.get(memory_from),
        memory_from,
    )


def cpu_count(value: Any) -> Optional[int]:
    """Return how many CPUs a list such as `0-3,8` or `0 1` contains; None if it cannot be parsed or is empty."""
    text = " ".join(str(item) for item in value) if isinstance(value, list) else str(value or "")
    found: set[int] = set()
    for part in re.split(r"[\s,]+", text.strip()):
        match = re.match(r"(\d{1,4})(?:-(\d{1,4}))?\Z", part)
        if not match:
            return None
        found |= set(range(int(match.group(1)), int(match.group(2) or match.group(1)) + 1))
    return len(found) or None


def within(host: Host, own: OwnLimits) -> Host:
    """Return the host reduced to what the unit may use."""
    if own.cpus is not None and own.cpus < host.cpus:
        host = replace(host, cpus=own.cpus, cpu_reason=f"{host.cpu_reason}, {own.cpus} by {own.cpus_from}")
    if own.quota is not None and own.quota < host.cpus:
        cpus = max(1, int(own.quota))
        host = replace(host, cpus=cpus, cpu_reason=f"{host.cpu_reason}, CPUQuota {own.quota:g} → {cpus} usable")
    return host


def memory_of_unit(own: OwnLimits) -> tuple[int, str]:
    """Return the bytes that the unit's own limit leaves for workers, and why; 0 if it has no limit."""
    if not own.memory:
        return 0, ""
    return int(own.memory * OWN_SHARE), f"{OWN_SHARE:.0%} of {own.memory_from} {show_size(own.memory)}"
