# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Versions of Gunicorn with known request smuggling."""

from __future__ import annotations

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import WARNING, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.versions import at_least

VULNERABLE = "gunicorn-vulnerable"
FIXED_IN = {"CVE-2024-1135": "22", "CVE-2024-6827": "23"}
NEWEST_FIX = "23.0.0"


def advisories(subject: str, version: str) -> list[Finding]:
    """Return a finding if this version has known vulnerabilities. `subject` is the variable that decides it."""
    open_ones = [name for name, fixed in FIXED_IN.items() if version and not at_least(version, fixed)]
    if not open_ones:
        return []
    seen = (
        f"Gunicorn {version} has {' and '.join(open_ones)}: who can reach it can smuggle requests past a proxy"
        " that does not parse them itself."
    )
    return [Finding(VULNERABLE, WARNING, subject, seen=seen, fix=f"Require {NEWEST_FIX} or newer.")]
