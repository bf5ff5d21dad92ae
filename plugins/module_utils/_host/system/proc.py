# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read live processes from /proc. A process that has ended is not an error: the values are then empty."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from typing import NamedTuple, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import read_text


class Stat(NamedTuple):
    parent: int
    started: int  # in clock ticks since boot; distinguishes processes that had the same id


def pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def text_of(pid: int, file: str) -> str:
    """Return one of the process's files, such as `cgroup` or `limits`, that the kernel itself writes.

    Command line and environment are in the process's memory: see `process_words`.
    """
    try:
        with open(f"/proc/{pid}/{file}", "rb") as stream:
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""


def stat_of(pid: int) -> Optional[Stat]:
    """Return the process's status, or None if it has ended, even if it is still a zombie."""
    fields = text_of(pid, "stat").rpartition(")")[2].split()  # its name, in brackets, may contain any character
    return Stat(int(fields[1]), int(fields[19])) if fields and fields[0] != "Z" else None


def descriptors(pid: int) -> Iterator[tuple[str, str]]:
    """Yield each open file of the process: its path below /proc, and the target of that link."""
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return
    for name in names:
        path = f"/proc/{pid}/fd/{name}"
        try:
            target = os.readlink(path)
        except OSError:
            continue  # it has closed the file in the meantime
        yield path, target


def children_of(parent: int) -> list[int]:
    """Return the child processes; the kernel keeps a list for each thread of the parent."""
    try:
        threads = os.listdir(f"/proc/{parent}/task")
    except OSError:
        return []
    if not os.path.exists("/proc/thread-self/children"):
        return [pid for pid in pids() if _parent(pid) == parent]
    return [int(pid) for thread in threads for pid in text_of(parent, f"task/{thread}/children").split()]


def _parent(pid: int) -> int:
    stat = stat_of(pid)
    return stat.parent if stat else 0


def started_at(pid: int) -> int:
    """Return the process's start in clock ticks since boot, or 0 if it has ended."""
    stat = stat_of(pid)
    return stat.started if stat else 0


def since_epoch(pid: int) -> float:
    """Return the process's start in seconds since 1970, or 0 if it has ended."""
    started = started_at(pid)
    boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return boot + started / os.sysconf("SC_CLK_TCK") if started else 0.0


def resident(pid: int) -> int:
    """Return the process's resident memory in bytes, or 0 if it has ended."""
    pages = text_of(pid, "statm").split()
    return int(pages[1]) * os.sysconf("SC_PAGE_SIZE") if pages else 0


def real_user(pid: int) -> int:
    """Return the id of the user who started the process; -1 if it has ended.

    The owner of its files in /proc would be root for any process that does not want to be looked at.
    """
    found = re.search(r"^Uid:\s+(\d+)", text_of(pid, "status"), re.MULTILINE)
    return int(found.group(1)) if found else -1


def links_of(pid: int) -> Iterator[str]:
    """Yield the process's working directory and program."""
    for link in ("cwd", "exe"):
        try:
            target = os.readlink(f"/proc/{pid}/{link}")
        except OSError:
            continue  # the process has ended, or is a kernel thread
        yield target


def meminfo(name: str) -> int:
    """Return one of the kernel's memory counters in bytes. Raise HostError if it does not exist."""
    found = re.search(rf"^{name}:\s+(\d+) kB", read_text("/proc/meminfo") or "", re.MULTILINE)
    if found is None:
        raise HostError(f"/proc/meminfo has no {name}, so the memory of this host cannot be determined.")
    return int(found.group(1)) * 1024
