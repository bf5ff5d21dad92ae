# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Describe a wrong value in YAML terms, because Ansible has its own classes for texts, lists and dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# A longer text is more likely to be a whole file, or a secret, than a typo.
LONGEST = 60


def kind(value: Any) -> str:
    """Return the type of a value that must not itself be shown."""
    if value is None:
        return "null"
    # Booleans first: in Python they are integers, too.
    for types, name in (
        (bool, "a boolean"),
        (str, "text"),
        ((int, float), "a number"),
        (Mapping, "a dictionary"),
        ((list, tuple, set), "a list"),
    ):
        if isinstance(value, types):
            return name
    return "a date" if hasattr(value, "isoformat") else "a value of another type"


def described(value: Any) -> str:
    """Return the type, with the value if it is short. The items of lists and dictionaries may be secret."""
    if isinstance(value, bool):
        return str(value).lower()
    shown = repr(value) if isinstance(value, (str, int, float)) else ""
    return f"{kind(value)} ({shown})" if 0 < len(shown) <= LONGEST else kind(value)
