# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers of workers that are declared as a formula of the CPUs."""

from __future__ import annotations

import re
from typing import Any

FORMULA = re.compile(r"([1-9]\d{0,2})?n(?:\s*([+-])\s*(\d{1,4}))?\Z")  # n, n+1, 2n+1 …; n is the number of usable CPUs


def is_formula(workers: Any) -> bool:
    return isinstance(workers, str) and bool(FORMULA.match(workers.strip().lower()))


def by_formula(formula: str, cpus: int) -> int:
    """`2n+1` and its kind, for this number of CPUs; never less than one worker."""
    match = FORMULA.match(formula.strip().lower())
    if match is None:
        raise ValueError(f"{formula!r} is no formula: write n, n+1, 2n+1 and the like.")
    factor, sign, extra = match.groups()
    return max(1, int(factor or 1) * cpus + int(extra or 0) * (-1 if sign == "-" else 1))
