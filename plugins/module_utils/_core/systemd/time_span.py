# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time spans in the syntax of systemd."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Optional

UNITS: Mapping[str, float] = MappingProxyType(
    {
        "us": 1e-6,
        "usec": 1e-6,
        "ms": 1e-3,
        "msec": 1e-3,
        "s": 1,
        "sec": 1,
        "second": 1,
        "seconds": 1,
        "m": 60,
        "min": 60,
        "minute": 60,
        "minutes": 60,
        "h": 3600,
        "hr": 3600,
        "hour": 3600,
        "hours": 3600,
        "d": 86400,
        "day": 86400,
        "days": 86400,
        "w": 604800,
        "week": 604800,
        "weeks": 604800,
        "M": 2629800,
        "month": 2629800,
        "months": 2629800,
        "y": 31557600,
        "year": 31557600,
        "years": 31557600,
    }
)


def seconds_of(text: object) -> Optional[float]:
    """Return the seconds of a span such as `90`, `1min 30s` or `infinity`; None if it is invalid (systemd.time(7))."""
    words = str(text).strip()
    if words == "infinity":
        return math.inf
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", words)
    complete = "".join(f"{number}{unit}" for number, unit in parts) == re.sub(r"\s", "", words)
    if not parts or not complete or any((unit or "s") not in UNITS for _number, unit in parts):
        return None
    return sum(float(number) * UNITS[unit or "s"] for number, unit in parts)
