# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wrong value in the words of YAML: Ansible has classes of its own for texts, lists and dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Longer texts are more likely to be a whole file, or a secret, than a slip of the pen.
LONGEST = 60


def kind(value: Any) -> str:
    """For values that must not be shown."""
    if value is None:
        return "null"
    # A boolean is an integer as well.
    for types, name in (
        (bool, "true or false"),
        (str, "text"),
        ((int, float), "a number"),
        (Mapping, "a dictionary"),
        ((list, tuple, set), "a list"),
    ):
        if isinstance(value, types):
            return name
    return "a date" if hasattr(value, "isoformat") else "another kind of value"


def described(value: Any) -> str:
    """With the value, where that is short; what is in lists and dictionaries may be secret."""
    if isinstance(value, bool):
        return str(value).lower()
    shown = repr(value) if isinstance(value, (str, int, float)) else ""
    return f"{kind(value)} ({shown})" if 0 < len(shown) <= LONGEST else kind(value)
