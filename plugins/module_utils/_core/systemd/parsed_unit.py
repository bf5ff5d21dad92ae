# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parse the text of a unit, including its drop-ins."""

from __future__ import annotations

Sections = dict[str, dict[str, list[str]]]


def parse_unit(text: str) -> Sections:
    """Return the directives of a unit that `render_unit` wrote, each with all of its values in order."""
    unit: Sections = {}
    section = ""
    for line in text.split("\n"):  # as systemd does: a value may contain other characters that end a line in Unicode
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
            unit.setdefault(section, {})
        elif "=" in line and not line.startswith("#"):
            name, _equals, value = line.partition("=")
            unit[section].setdefault(name, []).append(value)
    return unit
