# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show text of others as it is, but not what it would do to a terminal: such characters become escape sequences.

A terminal sequence can clear the screen, retitle the window or fill the clipboard; a character that changes the reading
direction, or has no width, can make a line read as something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Control, format and surrogate characters and separators of lines (categories Cc, Cf, Cs, Zl, Zp), and invisible
# selectors, as ranges: looking up the category of each character would take a hundred times as long.
_FORMAT = (
    "\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{_FORMAT}]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """Return the text with every character escaped that a terminal obeys or does not show, except for \\n and \\t."""
    return _HIDDEN.sub(lambda found: escaped(found.group()), text)


def visible_all(value: Any) -> Any:
    """Apply `visible` to every text and key in a value, at any depth."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {visible_all(key): visible_all(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [visible_all(item) for item in value]
    return value


def escaped(character: str) -> str:
    """Return the character as Python would write it in a string."""
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
