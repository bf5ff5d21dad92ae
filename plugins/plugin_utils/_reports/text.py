# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make text from hosts safe to show: it may contain anything, including terminal escape sequences."""

from __future__ import annotations

import unicodedata

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.visible import escaped

LIMIT = 200


def visible(text: str) -> str:
    """Return the text as one line in which every invisible character is escaped.

    The result is valid in XML 1.0, can be encoded, and changes neither cursor nor reading direction.
    """
    return "".join(one if one == " " or unicodedata.category(one)[0] not in "CZ" else escaped(one) for one in text)


def clipped(text: str, limit: int = LIMIT) -> str:
    """Return the text cut to `limit` characters, for people; reports for machines keep the full text."""
    shown = visible(text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def counted(number: int, noun: str, many: str = "") -> str:
    return f"{number} {noun if number == 1 else many or noun + 's'}"
