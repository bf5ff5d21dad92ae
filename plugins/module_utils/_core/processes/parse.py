# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parse what a running host reports about listening sockets, mounts and processes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.mounts import parse_mountinfo
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.observed import (
    OF_GROUP,
    OF_PROCESS,
    UNLIMITED,
)

PROC_NAMES = {"LimitNOFILE": "Max open files", "LimitNPROC": "Max processes"}
ALL_USERS = ["0", "0", "4294967295"]
SOFT = {"LimitNOFILE": "LimitNOFILESoft", "LimitNPROC": "LimitNPROCSoft"}  # the soft limit is the one in force
CAP_SYS_RESOURCE = 24  # capabilities(7): a process with it may raise limits


def queue_of(listening: str, bind: str) -> Optional[int]:
    """Return the maximum length of a socket's accept queue from `ss -ln` (Send-Q); None if it is not listening."""
    address = bind[len("unix:") :] if bind.startswith("unix:") else bind
    for line in listening.splitlines():
        fields = line.split()
        if "LISTEN" in fields:
            place = fields.index("LISTEN")
            if fields[place + 3 : place + 4] == [address]:
                return int(fields[place + 2])
    return None


def queues_of_nginx(text: str) -> dict[str, int]:
    """Return the backlogs that an nginx configuration declares, by address as `ss` prints it."""
    found = re.findall(r"^\s*listen (\S+) [^;]*\bbacklog=(\d+)", text, re.MULTILINE)
    return {address if ":" in address else f"0.0.0.0:{address}": int(backlog) for address, backlog in found}


def addresses_of(listening: str, pids: Iterable[int]) -> tuple[str, ...]:
    """Return the TCP addresses on which one of the processes listens, from `ss -ltnp`."""
    marks = [f"pid={pid}," for pid in pids]
    lines = (line.split() for line in listening.splitlines())
    return tuple(sorted({one[3] for one in lines if one[:1] == ["LISTEN"] and any(mark in one[-1] for mark in marks)}))


def file_system_of(mountinfo: str, path: str) -> str:
    """Return the type of the file system that contains the path; '' if it is not known."""
    while True:
        found = parse_mountinfo(mountinfo, path)
        if found:
            return found[0]
        if path == posixpath.dirname(path):
            return ""
        path = posixpath.dirname(path)


def file_system_on(mountinfo: str, device: str) -> str:
    """Return the type of the file system on a device (`0:40`); '' if it is no longer mounted."""
    for line in mountinfo.splitlines():
        fields = line.split(" ")
        if len(fields) > 2 and fields[2] == device and "-" in fields:
            return fields[fields.index("-") + 1]
    return ""


def limit_of(limits: str, name: str) -> int:
    """Return the limit in force for a directive (`LimitNOFILE`), from /proc/PID/limits."""
    return _limit(limits, name, 0)


def ceiling_of(status: str, limits: str, users: str, name: str) -> int:
    """Return the highest limit that a process can set for its children, from its /proc/PID/status, limits and uid_map.

    The kernel requires the capability in the initial user namespace, which is the one with an identity map.
    """
    found = re.search(r"^CapEff:\s+([0-9a-f]+)$", status, re.MULTILINE)
    may_raise = bool(found and int(found.group(1), 16) >> CAP_SYS_RESOURCE & 1) and users.split() == ALL_USERS
    return UNLIMITED if may_raise else _limit(limits, name, 1)


def _limit(limits: str, name: str, column: int) -> int:
    found = re.search(rf"^{PROC_NAMES[name]}\s+(\S+)\s+(\S+)", limits, re.MULTILINE)
    value = found.group(column + 1) if found else "unlimited"
    return int(value) if value.isdigit() else UNLIMITED


def group_of(cgroup: str) -> str:
    """Return the control group in the unified hierarchy, from /proc/PID/cgroup; '' if the host does not have it."""
    return next((line[len("0::") :] for line in cgroup.splitlines() if line.startswith("0::")), "")


def number_of_mount(fdinfo: str) -> int:
    """Return the number of the mount that an open file is on, from /proc/PID/fdinfo/FD; 0 if it is not known."""
    found = re.search(r"^mnt_id:\s+(\d+)$", fdinfo, re.MULTILINE)
    return int(found.group(1)) if found else 0


def device_of_mount(mountinfo: str, number: int) -> Optional[tuple[int, int]]:
    """Return major and minor number of the device of a mount; None if it is not known."""
    for line in mountinfo.splitlines():
        fields = line.split(" ")
        if fields[0] == str(number) and len(fields) > 2:
            major, _colon, minor = fields[2].partition(":")
            return int(major), int(minor)
    return None


def is_held(locks: str, place: str) -> bool:
    """Tell from /proc/locks whether somebody holds an flock(2) lock on `MAJOR:MINOR:INODE`; waiting is not holding."""
    lines = (line.split() for line in locks.splitlines())
    return any(words[1:2] == ["FLOCK"] and place in words for words in lines)


def groups_of(cgroup: str) -> list[str]:
    """Return the control groups in the hierarchies that systemd manages, from /proc/PID/cgroup.

    There are two on a host with the legacy hierarchy; those of controllers have other paths.
    """
    lines = (line.split(":", 2) for line in cgroup.splitlines())
    return [line[2] for line in lines if len(line) == 3 and line[1] in ("", "name=systemd")]


def is_in(cgroup: str, group: str) -> bool:
    """Tell by /proc/PID/cgroup whether a process is in the group or below it.

    Only the whole path tells: every user may give a group below their own the name of any unit.
    """
    return bool(group) and any(one == group or one.startswith(f"{group}/") for one in groups_of(cgroup))


def group_limit(text: Optional[str]) -> Optional[int]:
    """Return a control group's limit from its file; None if the file does not exist, so that no limit is in force."""
    if text is None:
        return None
    return int(text) if text.strip().isdigit() else UNLIMITED


def configured(properties: Mapping[str, str]) -> dict[str, int]:
    """Return the limits that systemd, with all drop-ins, sets for a service that it starts, from `systemctl show`."""
    shown = {name: properties.get(SOFT.get(name, name), "") for name in (*OF_PROCESS, *OF_GROUP)}
    return {name: int(text) if text.isdigit() else UNLIMITED for name, text in shown.items() if text}


def drop_ins(properties: Mapping[str, str]) -> list[str]:
    """Return the drop-ins of this unit, without those for every service of the host (`service.d`, as LXC has)."""
    paths = properties.get("DropInPaths", "").split()
    return [path for path in paths if posixpath.basename(posixpath.dirname(path)) != "service.d"]


def is_gunicorn(words: Sequence[str]) -> bool:
    """Tell by the command line whether a process is Gunicorn; with setproctitle it is `gunicorn: master [NAME]`."""
    started = [posixpath.basename(word) for word in words[:3]]
    return "gunicorn" in started or (bool(words) and words[0].startswith("gunicorn: "))
