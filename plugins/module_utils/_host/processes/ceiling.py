# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The most that systemd and the kernel give to processes that start now."""

from __future__ import annotations

import os

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.observed import OF_PROCESS, Ceiling
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.parse import ceiling_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import read_text
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import text_of

CGROUP = "/sys/fs/cgroup"


def process_ceiling(name: str) -> int:
    """The most of a limit (`LimitNOFILE`) that systemd can give to a process that starts now."""
    status, limits, users = (text_of(1, file) for file in ("status", "limits", "uid_map"))
    most = ceiling_of(status, limits, users, name)
    allowed = read_text("/proc/sys/fs/nr_open") if name == "LimitNOFILE" else None
    return min(most, int(allowed)) if allowed else most


def somaxconn(promised: int = 0) -> int:
    """What the kernel cuts every backlog to, or will after this very run; 0 where it does not say."""
    return promised or int(read_text("/proc/sys/net/core/somaxconn") or 0)


def ceiling() -> Ceiling:
    """What systemd can give to processes that start now."""
    return Ceiling(somaxconn(), {name: process_ceiling(name) for name in OF_PROCESS}, os.sysconf("SC_PAGE_SIZE"))
