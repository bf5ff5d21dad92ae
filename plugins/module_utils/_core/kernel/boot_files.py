# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the next boot sets: the sysctl.d files, in the order in which they are read."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.settings import normalize_key


@dataclass(frozen=True)
class Persisted:
    """A line of a sysctl.d file."""

    path: str
    pattern: str
    value: str


@dataclass(frozen=True)
class Boot:
    """The lines of all sysctl.d files in reading order: those before our file, ours, and those after it."""

    before: tuple[Persisted, ...] = ()
    own: tuple[Persisted, ...] = ()
    after: tuple[Persisted, ...] = ()


def boot_order(files: Mapping[str, str], own: str) -> Boot:
    """Sort the lines of `files` (path to content) as systemd-sysctl does: by file name, regardless of the directory.

    /etc/sysctl.conf comes last, as in `sysctl --system`. `own` is the path of our file.
    """
    name = posixpath.basename(own)
    parts: dict[str, list[Persisted]] = {"before": [], "own": [], "after": []}
    for path, text in sorted(
        files.items(), key=lambda item: (item[0] == "/etc/sysctl.conf", posixpath.basename(item[0]))
    ):
        late = path == "/etc/sysctl.conf" or posixpath.basename(path) > name
        part = "own" if path == own else "after" if late else "before"
        parts[part] += parse_file(path, text)
    return Boot(**{part: tuple(lines) for part, lines in parts.items()})


def parse_file(path: str, text: str) -> list[Persisted]:
    """Return the lines of a sysctl.d file."""
    found = []
    for line in text.splitlines():
        name, assigned, value = line.strip().partition("=")
        if assigned and not name.startswith(("#", ";")):
            found.append(Persisted(path, normalize_key(name.strip().lstrip("-")), " ".join(value.split())))
    return found


def at_boot(key: str, lines: Sequence[Persisted]) -> Optional[Persisted]:
    """Return the line that takes effect: the last one that names the key, else the last one with a matching pattern."""
    named = [line for line in lines if line.pattern == key]
    matching = [line for line in lines if _is_pattern(line.pattern) and fnmatch.fnmatchcase(key, line.pattern)]
    deciding = named or matching
    return deciding[-1] if deciding else None


def _is_pattern(text: str) -> bool:
    return any(char in text for char in "*?[")
