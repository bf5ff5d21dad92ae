# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the texts of a running host say: of listening sockets, of mounts, of processes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.tmpfs import parse_mountinfo


def queue_of(listening: str, bind: str) -> Optional[int]:
    """How long the accept queue of a socket may be, by `ss -ln` (Send-Q); None where nobody listens."""
    address = bind[len("unix:") :] if bind.startswith("unix:") else bind
    for line in listening.splitlines():
        fields = line.split()
        if "LISTEN" in fields:
            place = fields.index("LISTEN")
            if fields[place + 3 : place + 4] == [address]:
                return int(fields[place + 2])
    return None


def addresses_of(listening: str, pids: Iterable[int]) -> tuple[str, ...]:
    """TCP addresses on which one of the processes listens, by `ss -ltnp`."""
    marks = [f"pid={pid}," for pid in pids]
    lines = (line.split() for line in listening.splitlines())
    return tuple(sorted({one[3] for one in lines if one[:1] == ["LISTEN"] and any(mark in one[-1] for mark in marks)}))


def file_system_of(mountinfo: str, path: str) -> str:
    """The type of what is mounted nearest above the path."""
    while True:
        found = parse_mountinfo(mountinfo, path)
        if found:
            return found[0]
        if path == posixpath.dirname(path):
            return ""
        path = posixpath.dirname(path)


def is_gunicorn(words: Sequence[str]) -> bool:
    """By the command line; with a title of its own a process says `gunicorn: master [NAME]`."""
    started = [posixpath.basename(word) for word in words[:3]]
    return "gunicorn" in started or (bool(words) and words[0].startswith("gunicorn: "))
