# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Explain what an app runs with, and why, in lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import Finding


def explain(instances: Mapping[str, Mapping[str, Any]], findings: Iterable[Finding]) -> list[str]:
    """Return one line for each reason and finding; `instances` is shaped as in a result."""
    lines = [f"{name}: {reason}" for name, about in instances.items() for reason in about["reasons"]]
    return lines + [f"{found.severity}: {found}" for found in findings]
