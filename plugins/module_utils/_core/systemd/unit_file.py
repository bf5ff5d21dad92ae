# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Render systemd unit files: sections of directives, safely quoted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Union

Value = Union[str, int, bool, Sequence[str]]
Sections = Mapping[str, Mapping[str, Value]]
MANAGED = "# Managed by Ansible (wsgiops.gunicorn). Changes made here are overwritten."


def escape_specifiers(text: str) -> str:
    """Keep systemd from reading a literal `%` as the start of a specifier."""
    return text.replace("%", "%%")


def quote_argument(text: str) -> str:
    """Return one argument of an `Exec…=` line, quoted so that the program receives exactly this text."""
    escaped = escape_specifiers(text).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    escaped = escaped.replace("\n", "\\n").replace("\t", "\\t")
    plain = escaped == text and text and not any(c.isspace() or c in "';" for c in text)
    return escaped if plain else f'"{escaped}"'


def render_unit(sections: Sections, header: str = MANAGED) -> str:
    """Return the text of a unit with its sections in the given order; a list becomes one line for each item."""
    lines = [header] if header else []
    for section, directives in sections.items():
        lines += ["", f"[{section}]"]
        for name, value in directives.items():
            lines += [f"{name}={_text(item)}" for item in _items(value)]
    return "\n".join(lines) + "\n"


def _items(value: Value) -> Sequence[Union[str, int, bool]]:
    if isinstance(value, (str, int, float)):
        return [value]
    return value


def _text(value: Union[str, int, bool]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("\n", " ")
