# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Open a file of a directory that others write to: nothing outside it is opened, whatever its links say."""

from __future__ import annotations

import os
import stat
from typing import Optional

MOST_LINKS = 20
LARGEST = 4 << 20  # bytes


def read_beneath(top: str, name: str) -> Optional[str]:
    """Return the text of a regular file below `top`, which may be a link itself; None if there is no such file."""
    descriptor = _open(top, name)
    if descriptor is None:
        return None
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as stream:
        return stream.read(LARGEST) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None


def _open(top: str, name: str) -> Optional[int]:
    """Open the file component by component, resolving links by hand; None unless every step stays below `top`."""
    levels: list[int] = []
    parts, links = name.split("/")[::-1], 0
    try:
        levels.append(os.open(top, os.O_RDONLY | os.O_DIRECTORY))
        while parts:
            part = parts.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if len(levels) == 1:
                    return None
                os.close(levels.pop())
                continue
            mode = os.stat(part, dir_fd=levels[-1], follow_symlinks=False).st_mode
            if stat.S_ISLNK(mode):
                target, links = os.readlink(part, dir_fd=levels[-1]), links + 1
                if target.startswith("/") or links > MOST_LINKS:
                    return None
                parts += target.split("/")[::-1]
                continue
            kind = os.O_DIRECTORY if stat.S_ISDIR(mode) else os.O_NONBLOCK
            levels.append(os.open(part, os.O_RDONLY | os.O_NOFOLLOW | kind, dir_fd=levels[-1]))
            if stat.S_ISREG(mode):
                return levels.pop() if not parts else None
        return None
    except OSError:
        return None
    finally:
        for level in levels:
            os.close(level)
