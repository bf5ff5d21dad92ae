# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which lines of a log tell a person why something failed."""

from __future__ import annotations

TRACEBACK = "Traceback (most recent call last)"
LONGEST = 25


def telling_lines(log: str) -> str:
    """The last traceback up to its exception, or where there is none the last lines."""
    lines = [line.rstrip() for line in log.splitlines() if line.strip()]
    starts = [number for number, line in enumerate(lines) if TRACEBACK in line]
    if not starts:
        return "\n".join(lines[-LONGEST:])
    start = starts[-1]
    end = next(
        (
            number
            for number in range(start + 1, len(lines))
            if lines[number] and not lines[number].startswith((" ", "\t"))
        ),
        len(lines) - 1,
    )
    block = lines[start : end + 1]
    if len(block) > LONGEST:
        block = [block[0], "  …", *block[-(LONGEST - 2) :]]
    return "\n".join([*lines[max(0, start - 1) : start], *block])
