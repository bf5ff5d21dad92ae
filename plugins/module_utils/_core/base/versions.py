# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare versions of Gunicorn, which are plain numbers with dots."""

from __future__ import annotations

import re


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.split("+")[0]))


def at_least(version: str, least: str) -> bool:
    """Return whether the version is `least` or newer; an unknown version ('') counts as the newest."""
    return not version or numbers(version) >= numbers(least)
