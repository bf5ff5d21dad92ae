# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Note what only shows while it happens: how much memory root's programs take, and how many processes users start.

watch.py OUT    until SIGTERM; runs on the host
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
import signal
import sys
import time

PAGE = os.sysconf("SC_PAGE_SIZE")


def look(seen: dict[str, float]) -> None:
    tasks: dict[int, int] = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            uid = entry.stat().st_uid
            tasks[uid] = tasks.get(uid, 0) + 1
            if uid == 0:
                with open(f"{entry.path}/statm", encoding="ascii") as stream:
                    size = int(stream.read().split()[1]) * PAGE
                with open(f"{entry.path}/comm", encoding="ascii") as stream:
                    python = stream.read().startswith("python")
                if python:
                    seen["root_memory"] = max(seen["root_memory"], size)
    seen["tasks"] = max([seen["tasks"], *(count for uid, count in tasks.items() if uid != 0)])
    seen["disk"] = max(seen["disk"], written())


def written() -> int:
    """Bytes of files at the top of what evil apps bring; what else is on the disk may be the work of others."""
    total = 0
    for path in (*glob.iglob("/srv/gunicorn/evil-*/src/*/*"), *glob.iglob("/srv/gunicorn/evil-*/src/.*/*")):
        with contextlib.suppress(OSError):
            total += os.lstat(path).st_size
    return total


def main() -> None:
    seen = {"root_memory": 0, "tasks": 0, "disk": 0}
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopped.append(number))
    while not stopped:
        look(seen)
        time.sleep(0.1)
    with open(sys.argv[1], "w", encoding="ascii") as stream:
        json.dump(seen, stream)


if __name__ == "__main__":
    main()
