# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sizes in bytes, as written by people, systemd, the kernel and nginx: for all of them K is 1024."""

from __future__ import annotations

import re
from typing import NamedTuple, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError

UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


class Dialect(NamedTuple):
    """How one program writes sizes; the pattern captures a number and a unit."""

    pattern: re.Pattern[str]
    hint: str = ""
    zero: bool = False  # whether 0 is a valid size
    optional: bool = False  # whether an empty value means 0
    hint_for_zero: str = ""


_IGNORE = re.ASCII | re.IGNORECASE
DECLARED = Dialect(
    re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)(?:i?B)?\s*", _IGNORE),
    "Examples: '512M', '2G'.",
    optional=True,
)
# A unit's memory limit, as far as it limits the number of workers: not a percentage, not `infinity`, and not a number
# below 1, such as 0.5G. If those counted, apps that declare one would get fewer workers, and with that a new release.
LIMIT = Dialect(re.compile(r"([1-9][0-9]*(?:\.[0-9]+)?)\s*(?:([KMGT])(?:i?B)?)?", _IGNORE))
# Whole numbers and upper-case units: systemd ignores a directive with a size such as 512m. Values that depend on the
# host (a percentage, `soft:hard`) are left to systemd.
SYSTEMD = Dialect(re.compile(r"([0-9]+)([KMGT]?)", re.ASCII), zero=True)
TMPFS = Dialect(
    re.compile(r"\s*([1-9][0-9]*)([KMG]?)\s*", _IGNORE),
    "Use a number with k, m or g, for example 64m.",
    hint_for_zero="A tmpfs of size 0 has no size limit.",
)
NGINX = Dialect(
    re.compile(r"([0-9]{1,12})([KMG]?)", _IGNORE),
    "Use a number of bytes, or a number with k, m or g, for example 20m.",
    zero=True,
)


def read_size(text: str, dialect: Dialect) -> Optional[int]:
    """Return the bytes: `512M` → 536870912; None if the text is not a size."""
    found = dialect.pattern.fullmatch(text)
    if not found:
        return None
    number, unit = found.groups(default="")
    size = int(float(number) * UNITS[unit.upper()]) if "." in number else int(number) * UNITS[unit.upper()]
    return size if size or dialect.zero else None


def parse_size(variable: str, text: Optional[str], dialect: Dialect = DECLARED) -> int:
    """Return the bytes, or raise InputError; an empty value is 0 if the dialect allows it."""
    if not text and dialect.optional:
        return 0
    size = read_size(str(text), dialect)
    if size is None:
        of_zero = dialect.hint_for_zero if str(text).strip().startswith("0") else ""
        raise InputError(variable, f"{text!r} is not a size.", f"{of_zero} {dialect.hint}".strip())
    return size


def show_size(size: int) -> str:
    """Return a rounded size for people: 536870912 → `512 MiB`."""
    value = float(size)
    for unit in ("bytes", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"


def exact_size(size: int) -> str:
    """Return an exact size for programs, in the largest possible unit: 536870912 → `512m`."""
    unit = next((unit for unit in "GMK" if size % UNITS[unit] == 0), "")
    return f"{size // UNITS[unit]}{unit.lower()}"
