# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values that are in force for the processes of a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Optional

MEMORY = ("tmpfs", "ramfs")
UNLIMITED = 2**64 - 1
OF_PROCESS = ("LimitNOFILE", "LimitNPROC")
OF_GROUP = ("TasksMax", "MemoryHigh", "MemoryMax")


class Live(NamedTuple):
    """Facts about the processes of a service; None for those that could not be read."""

    workers: Optional[int] = None
    scaled: int = 0  # the number of workers that this master was scaled to; 0: it was not scaled
    limits: Mapping[str, Optional[int]] = {}  # by directive, the lowest of all processes; None: not in force
    configured: Mapping[str, int] = {}  # by directive: what systemd, with all drop-ins, will set at the next start
    altered: bool = False  # by drop-ins, which will also apply to the next processes
    restarted_for: tuple[str, ...] = ()  # subjects that the last restart was to fix; another one would not help
    queue: Optional[int] = None
    heartbeats: str = ""  # the type of the file system that holds the heartbeat files
    heartbeats_in: str = ""
    heartbeats_next: str = ""  # the type of the file system that a new worker would use
    listens: tuple[str, ...] = ()  # TCP addresses
    since: str = ""


class Ceiling(NamedTuple):
    """The highest values that a service that starts now can have on this host."""

    somaxconn: int = 0
    limits: Mapping[str, int] = {}  # by directive
    page: int = 4096  # bytes; the kernel stores memory limits in whole pages
