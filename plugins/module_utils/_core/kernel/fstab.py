# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our single line in /etc/fstab. The file belongs to somebody else, so every other byte of it stays."""

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
# mount(8) treats an option that begins with x- as a comment and does not pass it to the kernel. systemd interprets only
# x-systemd.* and x-initrd.*.
MARK = "x-wsgiops.gunicorn"
LENIENT = "nofail"  # as with a mount unit, a failed mount keeps the apps from starting, but not the host from booting
READABLE_BY_ALL = 0o004


class Entry(NamedTuple):
    path: str
    fstype: str
    own: bool


def parse_line(line: str) -> Optional[Entry]:
    """Return what a line mounts, or None for comments, blank lines and lines that mount(8) cannot parse either."""
    fields = re.split(r"[ \t]+", line.strip(" \t\r"))
    if fields[0].startswith("#") or len(fields) < 3:
        return None
    return Entry(_plain(fields[1]), fields[2], len(fields) > 3 and MARK in fields[3].split(","))


def own_paths(text: str) -> list[str]:
    """Return the mount points of our lines."""
    return [entry.path for entry in map(parse_line, text.split("\n")) if entry and entry.own]


def has_foreign(text: str, path: str) -> bool:
    """Return whether a line that is not ours mounts something on the path."""
    return any(entry and entry.path == path and not entry.own for entry in map(parse_line, text.split("\n")))


def with_line(text: str, path: str, options: str) -> str:
    """Return the text with exactly one line for the path, and none of ours for any other path.

    It replaces the existing lines for the path: if there are several, systemd uses the first and complains about the
    others. Raise HostError if one of them mounts something other than a tmpfs.
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
        # Before the final newline, if there is one; a file that does not end with a newline stays like that.
        lines.insert(len(lines) - (lines[-1] == ""), line)
        return "\n".join(lines)
    kept = max(found, key=lambda place: (found[place].path == path, found[place].own, place))
    lines[kept] = line
    return "\n".join(one for place, one in enumerate(lines) if place == kept or place not in found)


def without_own(text: str) -> str:
    """Return the text without our lines."""
    lines = [(line, parse_line(line)) for line in text.split("\n")]
    return "\n".join(line for line, entry in lines if not (entry and entry.own))


def plan_fstab(before: Optional[FileState], path: str = "", options: str = "") -> Optional[FileChange]:
    """Return the change that makes our line mount the path, or, without a path, removes our line; None if it is so.

    Raise HostError if another file system is mounted on the path.
    """
    text = before.content if before else ""
    desired = with_line(text, path, options) if path else without_own(text)
    if desired == text:
        return None
    after = DesiredFile(FSTAB, desired)
    if before:
        # It may contain passwords of network file systems: if not everybody may read it, no diff shows it.
        hidden = not before.mode & READABLE_BY_ALL
        after = replace(after, mode=before.mode, owner=before.owner, group=before.group, secret=hidden)
    return FileChange(FSTAB, before, after)


def _plain(path: str) -> str:
    """Return the path as systemd reads it: without redundant slashes and without the links that every host has."""
    path = re.sub("/+", "/", path).rstrip("/") or "/"
    return path[len("/var") :] if path.startswith(("/var/run/", "/var/lock/")) else path
