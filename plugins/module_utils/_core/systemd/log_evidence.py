# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pick the lines of a log that explain a failure."""

from __future__ import annotations

TRACEBACK = "Traceback (most recent call last)"
MASTERS_OWN = ("HaltServer", "StopIteration")
LONGEST = 25
LONGEST_LINE = 500  # characters; an app may log lines of any length


def telling_lines(log: str) -> str:
    """Return the app's last traceback up to its exception, or the last lines if there is no traceback."""
    lines = [_cut(line.rstrip()) for line in log.splitlines() if line.strip()]
    blocks = [_block(lines, number) for number, line in enumerate(lines) if TRACEBACK in line]
    # The master's own traceback only says that a worker did not boot; the worker's says why.
    telling = [block for block in blocks if not any(name in block[-1] for name in MASTERS_OWN)]
    if not telling:
        hidden = {line for block in blocks for line in block}
        return "\n".join([line for line in lines if line not in hidden][-LONGEST:])
    block = telling[-1]
    return "\n".join(block if len(block) <= LONGEST else [block[0], "  …", *block[-(LONGEST - 2) :]])


def bounded(text: str, lines: int = 80, longest: int = 4000) -> str:
    """Return the beginning and the end of a text that an app has written: so many lines, of so many characters."""
    found = [_cut(line, longest) for line in text.splitlines()]
    if len(found) > lines:
        found = [*found[: lines // 2], "  …", *found[-(lines // 2 - 1) :]]
    return "\n".join(found)


def _cut(line: str, longest: int = LONGEST_LINE) -> str:
    return line if len(line) <= longest else f"{line[:longest]} …"


def _block(lines: list[str], start: int) -> list[str]:
    """Return the traceback that starts here, up to its exception: the first line that is not indented."""
    for number in range(start + 1, len(lines)):
        if not lines[number].startswith((" ", "\t")):
            return lines[start : number + 1]
    return lines[start:]
