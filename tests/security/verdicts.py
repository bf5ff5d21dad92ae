# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How attacks and verdicts read. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from attack import Attack, Verdict


def line(attack: Attack, verdict: Verdict) -> str:
    """One attack for a terminal."""
    head = f"{attack.name:20}  {attack.who:11}  {attack.goal:8}  {verdict.text}"
    return head if not verdict.stopped else f"{head}; by: {textwrap.shorten(attack.stopped_by, 100)}"


def total(verdicts: Mapping[str, Verdict]) -> tuple[int, int]:
    """How many attacks were stopped, and how many were not."""
    stopped = sum(verdict.stopped for verdict in verdicts.values())
    return stopped, len(verdicts) - stopped
