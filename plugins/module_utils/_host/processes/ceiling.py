# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The highest limits that systemd and the kernel allow for processes that start now."""

from __future__ import annotations

import os

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.observed import OF_PROCESS, Ceiling
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.parse import ceiling_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import read_text
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import text_of

CGROUP = "/sys/fs/cgroup"


def process_ceiling(name: str) -> int:
    """Return the highest value of a limit (`LimitNOFILE`) that systemd can set for a process that starts now."""
    status, limits, users = (text_of(1, file) for file in ("status", "limits", "uid_map"))
    highest = ceiling_of(status, limits, users, name)
    allowed = read_text("/proc/sys/fs/nr_open") if name == "LimitNOFILE" else None
    return min(highest, int(allowed)) if allowed else highest


def somaxconn(promised: int = 0) -> int:
    """Return the value at which the kernel caps every backlog, now or after this run (`promised`); 0 if not known."""
    return promised or int(read_text("/proc/sys/net/core/somaxconn") or 0)


def ceiling() -> Ceiling:
    """Return the highest values for processes that start now."""
    return Ceiling(somaxconn(), {name: process_ceiling(name) for name in OF_PROCESS}, os.sysconf("SC_PAGE_SIZE"))
