# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The question "Did you mean …?" for every name a user can mistype."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that this one is nearly; '' where none is near."""
    folded = {candidate.lower(): candidate for candidate in sorted(known)}
    near = difflib.get_close_matches(str(name).lower(), list(folded), n=1, cutoff=0.6)
    return folded[near[0]] if near else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a sentence naming the nearest known name, or all of them when none is near."""
    names = sorted(known)
    near = nearest(name, names)
    if near:
        return f"Did you mean '{near}'?"
    return f"Allowed: {', '.join(names)}." if names else ""
