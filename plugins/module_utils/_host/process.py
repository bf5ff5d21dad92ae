# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What live processes use, from /proc."""

from __future__ import annotations

import os
from typing import Optional


def paths_in_use(directory: str) -> set[str]:
    """Paths below the directory that a live process has as its directory, its program or a word of its command."""
    prefix = directory + "/"
    used: set[str] = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        found = []
        for link in ("cwd", "exe"):
            try:
                found.append(os.readlink(f"/proc/{pid}/{link}"))
            except OSError:
                continue  # the process has ended, or it is one of the kernel's
        found += words_of(int(pid), "cmdline")
        used.update(path for path in found if path.startswith(prefix))
    return used


def values_in_use(variable: str) -> set[str]:
    """The values that the variable has in the environment of any live process."""
    prefix = variable + "="
    words = (word for pid in filter(str.isdigit, os.listdir("/proc")) for word in words_of(int(pid), "environ"))
    return {word[len(prefix) :] for word in words if word.startswith(prefix)}


def words_of(pid: int, file: str) -> list[str]:
    """The command line or the environment of a process; nothing where it has ended."""
    try:
        with open(f"/proc/{pid}/{file}", "rb") as stream:
            return stream.read().decode("utf-8", "replace").split("\0")
    except OSError:
        return []


def parent_and_start(pid: int) -> Optional[tuple[int, int]]:
    """The parent's id, and the start in clock ticks since boot; None for a process that has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            fields = stream.read().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[1]), int(fields[19])) if fields[0] != "Z" else None


def children_of(parent: int) -> list[int]:
    """Processes that it has started; the kernel keeps the list for each of its threads."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{parent}/task"):
            with open(f"/proc/{parent}/task/{thread}/children", encoding="ascii") as stream:
                found += map(int, stream.read().split())
    except OSError:
        if not os.path.exists("/proc/thread-self/children") and os.path.isdir(f"/proc/{parent}"):
            return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _parent(pid) == parent]
        return []  # it has ended
    return found


def _parent(pid: int) -> int:
    found = parent_and_start(pid)
    return found[0] if found else 0


def since_epoch(pid: int) -> float:
    """When the process was started; 0 for one that has ended."""
    found = parent_and_start(pid)
    if not found:
        return 0.0
    with open("/proc/stat", encoding="ascii") as stream:
        boot = next((int(line.split()[1]) for line in stream if line.startswith("btime ")), 0)
    return boot + found[1] / os.sysconf("SC_CLK_TCK")


def started_at(pid: int) -> int:
    found = parent_and_start(pid)
    return found[1] if found else 0


def resident(pid: int) -> int:
    """Bytes of memory that the process has in use; 0 if it has ended."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as stream:
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
