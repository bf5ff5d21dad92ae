# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many files a process of an instance may have open, and why.

The kernel counts per process (setrlimit(2)), so the number of workers does not matter: each has the full limit.
"""

from __future__ import annotations

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.worker_class import (
    DEFAULT_CONNECTIONS,
    ONE,
    UNLIMITED,
    class_of,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.reason import Reason

LEAST = 8192  # eight times systemd's default
RESERVED = 1024  # for code, logs, listening sockets and heartbeats: as many as systemd's default
EACH = 2  # a client's connection, and one that the app opens for it
PLENTY = 65536  # if nothing bounds the connections of a worker: asgi and uvicorn do not read worker_connections


def open_files(worker_class: str, connections: int, declared: int, ceiling: int = 0) -> tuple[int, Reason]:
    """Return LimitNOFILE and its reason. `connections` is worker_connections, 0 for Gunicorn's default; `declared` is
    limits.nofile, 0 if it is not set; `ceiling` is the highest limit that the host can give, 0 if that is not known.
    """
    if declared:
        return declared, _reason(declared, "limits.nofile")
    holds = class_of(worker_class).connections
    if holds == UNLIMITED:
        number = min(PLENTY, ceiling or PLENTY)
        least = " as the host can give" if number < PLENTY else ""
        why = f"as many{least}, because nothing bounds the connections of a worker of this class"
        return number, _reason(number, f"{why}; limits.nofile sets another")
    at_once = 1 if holds == ONE else connections or DEFAULT_CONNECTIONS
    needed = EACH * at_once + RESERVED
    why = f"{EACH} × {at_once} connections of a worker + {RESERVED} = {needed}"
    if needed < LEAST:
        why += f", and {LEAST} at least"
    number = max(LEAST, needed)
    return number, _reason(number, f"{why}; limits.nofile sets another")


def _reason(number: int, why: str) -> Reason:
    return Reason("open files", f"{number} of each process", why)
