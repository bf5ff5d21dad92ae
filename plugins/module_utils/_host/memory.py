# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Memory that is free, and memory that the workers of today use."""

from __future__ import annotations

import re

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.generation import look_at
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.process import resident
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd import Systemd


def available_memory() -> int:
    """What can be used without swapping."""
    with open("/proc/meminfo", encoding="ascii") as stream:
        found = re.search(r"^MemAvailable:\s+(\d+) kB", stream.read(), re.MULTILINE)
    if not found:
        raise HostError("/proc/meminfo does not say how much memory is available.")
    return int(found.group(1)) * 1024


def worker_memory(systemd: Systemd, unit: str) -> int:
    """Bytes of the largest worker that the unit has now; 0 if it has none."""
    return max(map(resident, look_at(systemd, unit).workers), default=0)
