# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The changes that a run of the roles would make, as findings: one half of drift is what check mode predicts."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import REMOVE, Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import ERROR, WARNING, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.kinds import SITE

NOT_DEPLOYED = "not-deployed"
_HARMLESS = ("installer", "leftover", "unit-stray")


def predicted(app: str, changes: Iterable[Change]) -> list[Finding]:
    """Return one finding per cause; changes that only follow from another one (a restart, deploy steps) have none."""
    found = [_finding(app, change) for change in changes if change.kind and change.kind != NOT_DEPLOYED]
    if any(change.kind == NOT_DEPLOYED for change in changes):
        found.insert(0, Finding(NOT_DEPLOYED, ERROR, app, fix=SITE, app=app))
    return found


def _finding(app: str, change: Change) -> Finding:
    harmless = change.verb == REMOVE or change.kind in _HARMLESS
    states = {"declared": change.declared, "disk": change.disk, "running": change.running}
    return Finding(change.kind, WARNING if harmless else ERROR, change.subject, fix=SITE, app=app, **states)
