# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sizes in bytes, written as people write them."""

from __future__ import annotations

import re
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import InputError

UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


def parse_size(variable: str, text: Optional[str]) -> int:
    """`512M` → 536870912; nothing → 0."""
    if not text:
        return 0
    match = re.match(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(i?B)?\Z", str(text).strip(), re.IGNORECASE)
    size = int(float(match.group(1)) * UNITS[match.group(2).upper()]) if match else 0
    if not size:
        raise InputError(variable, f"{text!r} is not a size.", "Examples: '512M', '2G'.")
    return size


def show_size(size: int) -> str:
    """536870912 → `512 MiB`."""
    value = float(size)
    for unit in ("bytes", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"
