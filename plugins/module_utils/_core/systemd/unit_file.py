# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Render systemd unit files: sections of directives, safely quoted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Union

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError

Value = Union[str, int, bool, Sequence[str]]
Sections = Mapping[str, Mapping[str, Value]]
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # not the tab: systemd reads it as a blank
MANAGED = "# Managed by Ansible (wsgiops.gunicorn). Changes made here are overwritten."


def escape_specifiers(text: str) -> str:
    """Keep systemd from reading a literal `%` as the start of a specifier."""
    return text.replace("%", "%%")


def quote_argument(text: str) -> str:
    """Return one argument of an `Exec…=` line, quoted so that the program receives exactly this text."""
    escaped = escape_specifiers(text).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    escaped = _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", escaped.replace("\n", "\\n"))
    escaped = escaped.replace("\t", "\\t")
    plain = escaped == text and text and not any(c.isspace() or c in "';" for c in text)
    return escaped if plain else f'"{escaped}"'


def refuse_unsafe(variable: str, value: Value) -> None:
    """Raise InputError for a value that systemd would read as more than one directive.

    It ends a line at `\\n`, `\\r` and NUL, and joins a line that ends with a backslash with the next one.
    """
    for text in map(str, _items(value)):
        found = _CONTROL.search(text)
        if found:
            raise InputError(variable, f"contains a control character ({found.group()!r}).", "Remove it.")
        if text.rstrip().endswith("\\"):
            raise InputError(
                variable,
                "ends with a backslash, which would make the next directive a part of this one.",
                "Remove it; quote a value that needs one.",
            )


def render_unit(sections: Sections, header: str = MANAGED) -> str:
    """Return the text of a unit with its sections in the given order; a list becomes one line for each item.

    Raise InputError for a value that systemd would read as more than one directive.
    """
    lines = [header] if header else []
    for section, directives in sections.items():
        lines += ["", f"[{section}]"]
        for name, value in directives.items():
            refuse_unsafe(f"{name}= of a unit", value)
            lines += [f"{name}={_text(item)}" for item in _items(value)]
    return "\n".join(lines) + "\n"


def _items(value: Value) -> Sequence[Union[str, int, bool]]:
    if isinstance(value, (str, int, float)):
        return [value]
    return value


def _text(value: Union[str, int, bool]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
