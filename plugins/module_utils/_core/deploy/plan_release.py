# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan what must change to make a release on disk the live one. Nothing is built, and no declaration is needed."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import DISABLE, POINT, RESTART, Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan import Plan, plan_units
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.current import AppState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.release import Release


def plan_release(layout: Layout, goal: Release, now: AppState) -> Plan:
    """Return the plan that makes `goal` the live release."""
    files = plan_units(goal.units, now.unit_files)
    changed = {change.path.rpartition("/")[2] for change in files}
    sockets = [service.socket for service in goal.services]
    live = [unit for unit in sockets if now.units.get(unit, {}).get("ActiveState") == "active"]
    found = {path.rpartition("/")[2] for path in now.unit_files}
    plan = Plan(
        app=layout.app,
        release=goal.release,
        files=tuple(files),
        remove_units=tuple(sorted(found - set(goal.units))),
        leftovers=now.leftovers,
        enable=tuple(unit for unit in goal.units if now.units.get(unit, {}).get("UnitFileState") != "enabled"),
        renew_sockets=tuple(unit for unit in live if unit in changed),
        start_sockets=tuple(unit for unit in sockets if unit not in live),
        activate={
            service.name: Change(RESTART, service.unit, "another release was requested") for service in goal.services
        },
        finish=True,
    )
    changes = (
        *(Change(DISABLE, unit) for unit in plan.remove_units),
        *(change.change("unit-file") for change in plan.files),
        *plan.activate.values(),
        Change(POINT, layout.current, declared=goal.release),
    )
    return replace(plan, changes=changes)
