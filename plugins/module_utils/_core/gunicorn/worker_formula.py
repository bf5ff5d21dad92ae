# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Worker counts that are declared as a formula of the number of CPUs."""

from __future__ import annotations

import re
from typing import Any

FORMULA = re.compile(r"([1-9]\d{0,2})?n(?:\s*([+-])\s*(\d{1,4}))?\Z")  # n, n+1, 2n+1 …; n is the number of usable CPUs


def is_formula(workers: Any) -> bool:
    return isinstance(workers, str) and bool(FORMULA.match(workers.strip().lower()))


def by_formula(formula: str, cpus: int) -> int:
    """Return the worker count that a formula such as `2n+1` yields for this many CPUs, at least 1.

    Raises ValueError if the text is not a formula.
    """
    match = FORMULA.match(formula.strip().lower())
    if match is None:
        raise ValueError(f"{formula!r} is not a formula. Write n, n+1, 2n+1 or similar.")
    factor, sign, extra = match.groups()
    return max(1, int(factor or 1) * cpus + int(extra or 0) * (-1 if sign == "-" else 1))
