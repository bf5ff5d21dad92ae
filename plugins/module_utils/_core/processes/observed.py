# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the processes of a service really have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Optional

MEMORY = ("tmpfs", "ramfs")
UNLIMITED = 2**64 - 1
OF_PROCESS = ("LimitNOFILE", "LimitNPROC")
OF_GROUP = ("TasksMax", "MemoryHigh", "MemoryMax")


class Live(NamedTuple):
    """What was seen of its processes; None where it could not be seen."""

    workers: Optional[int] = None
    scaled: int = 0  # the number that somebody asked this very master for; 0: nobody did
    limits: Mapping[str, Optional[int]] = {}  # by directive, the lowest of all processes; None: not in force
    configured: Mapping[str, int] = {}  # by directive: what systemd, with all drop-ins, gives at the next start
    altered: bool = False  # by drop-ins, which hold for the next processes as well
    tried: tuple[str, ...] = ()  # subjects for which these very processes were started, so that the next would not help
    queue: Optional[int] = None
    heartbeats: str = ""  # the type of the file system that they are on
    heartbeats_in: str = ""
    heartbeats_next: str = ""  # the type of the one that a new worker would use
    listens: tuple[str, ...] = ()  # TCP addresses
    since: str = ""


class Ceiling(NamedTuple):
    """What this host can give to a service that starts now."""

    somaxconn: int = 0
    limits: Mapping[str, int] = {}  # by directive: more than this it does not get
    page: int = 4096  # bytes; the kernel keeps limits of memory in whole pages
