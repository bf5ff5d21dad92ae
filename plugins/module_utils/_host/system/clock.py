# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times as all files and results have them."""

from __future__ import annotations

import time


def now() -> str:
    return iso(time.time())


def iso(seconds: float) -> str:
    """Since 1970; '' for 0, which is unknown."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)) if seconds else ""
