# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Available memory, and the memory that the current workers use."""

from __future__ import annotations

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.workers import look_at
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import meminfo, resident
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd


def available_memory() -> int:
    """Return the bytes that can be used without swapping."""
    return meminfo("MemAvailable")


def worker_memory(systemd: Systemd, unit: str) -> int:
    """Return the bytes of the unit's largest worker; 0 if it has none."""
    return max(map(resident, look_at(systemd, unit).workers), default=0)
