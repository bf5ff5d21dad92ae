# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One line of ours in /etc/fstab, a file that belongs to somebody else: all other bytes of it stay."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import (
    DesiredFile,
    FileChange,
    FileState,
)

FSTAB = "/etc/fstab"
# mount(8) takes an option that begins with x- for a comment of the program that wrote it; the kernel never sees it.
# To systemd only x-systemd.* and x-initrd.* mean something.
MARK = "x-wsgiops.gunicorn"
LENIENT = "nofail"  # as with a unit, a mount that fails keeps the apps from starting and not the host
READABLE_BY_ALL = 0o004


class Entry(NamedTuple):
    path: str
    fstype: str
    own: bool


def parse_line(line: str) -> Optional[Entry]:
    """Return what a line mounts; None for comments, blank lines and what mount(8) could not read either."""
    fields = re.split(r"[ \t]+", line.strip(" \t\r"))
    if fields[0].startswith("#") or len(fields) < 3:
        return None
    return Entry(_plain(fields[1]), fields[2], len(fields) > 3 and MARK in fields[3].split(","))


def own_paths(text: str) -> list[str]:
    """Where lines of ours mount something."""
    return [entry.path for entry in map(parse_line, text.split("\n")) if entry and entry.own]


def has_foreign(text: str, path: str) -> bool:
    """Whether somebody else's line mounts something on the path."""
    return any(entry and entry.path == path and not entry.own for entry in map(parse_line, text.split("\n")))


def with_line(text: str, path: str, options: str) -> str:
    """Return the text with exactly one line for the path, and none of ours for another.

    It takes the place of what was there before. Of several lines for one path systemd takes the first and complains of
    the others, so none of them may stay.
    """
    lines = text.split("\n")
    found = {place: entry for place, entry in enumerate(map(parse_line, lines)) if entry}
    found = {place: entry for place, entry in found.items() if entry.own or entry.path == path}
    for place, entry in found.items():
        if not entry.own and entry.fstype != "tmpfs":
            raise HostError(
                f"{path} cannot become a tmpfs: line {place + 1} of {FSTAB} mounts a file system of type"
                f" {entry.fstype} there.",
                "Nothing was changed. Remove that line, or set gunicorn_host_worker_tmp_dir to another directory.",
            )
    line = f"tmpfs {path} tmpfs {options},{LENIENT},{MARK} 0 0"
    if not found:
        # Before the end of the last line, if it has one; what does not end with a newline goes on not doing so.
        lines.insert(len(lines) - (lines[-1] == ""), line)
        return "\n".join(lines)
    kept = max(found, key=lambda place: (found[place].path == path, found[place].own, place))
    lines[kept] = line
    return "\n".join(one for place, one in enumerate(lines) if place == kept or place not in found)


def without_own(text: str) -> str:
    lines = [(line, parse_line(line)) for line in text.split("\n")]
    return "\n".join(line for line, entry in lines if not (entry and entry.own))


def plan_fstab(before: Optional[FileState], path: str = "", options: str = "") -> Optional[FileChange]:
    """Return the change that makes our line the one that is wanted, or, without a path, takes it away."""
    text = before.content if before else ""
    wanted = with_line(text, path, options) if path else without_own(text)
    if wanted == text:
        return None
    after = DesiredFile(FSTAB, wanted)
    if before:
        # Passwords of network file systems may stand in it: where not everybody may read it, no diff shows it.
        hidden = not before.mode & READABLE_BY_ALL
        after = replace(after, mode=before.mode, owner=before.owner, group=before.group, secret=hidden)
    return FileChange(FSTAB, before, after)


def _plain(path: str) -> str:
    """As systemd reads it: without superfluous slashes and the links that every host has."""
    path = re.sub("/+", "/", path).rstrip("/") or "/"
    return path[len("/var") :] if path.startswith(("/var/run/", "/var/lock/")) else path
