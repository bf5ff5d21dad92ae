# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times in the format that all files and results use."""

from __future__ import annotations

import time


def now() -> str:
    """Return the current time in UTC."""
    return iso(time.time())


def iso(seconds: float) -> str:
    """Format seconds since 1970 in UTC; '' for 0, which means unknown."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)) if seconds else ""
