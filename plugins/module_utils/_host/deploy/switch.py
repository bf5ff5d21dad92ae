# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a release on disk the live one, for deploys and rollbacks: choose the strategy, then run the transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.options import AUTO, RELOAD, SEAMLESS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy import steps
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan import Plan
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.strategy import (
    Case,
    Choice,
    choose,
    unreloadable,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.current import AppState, running_releases
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import NO_RELEASE, Manifest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.runtime_units import STAND_IN
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.journal import Journal
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.transaction import Transaction
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.memory import (
    available_memory,
    worker_memory,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import Store
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.runtime_units import of_kind
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd


def switch(
    systemd: Systemd,
    store: Store,
    now: AppState,
    plan: Plan,
    strategy: str,
    actions: Mapping[str, Callable[[], str]],
    journal: Journal,
    health: Optional[Health] = None,
) -> Choice:
    """Switch to the release that the plan names, and return the strategy that was used.

    `actions` are the steps before the canary that this switch has (check, release commands). `health` is the declared
    health request; without a declaration, the one that the release was built with is used. Raise HostError if a step
    fails.
    """
    layout, manifests = store.layout, store.manifests
    goal = store.release(plan.release or "")
    if goal is None:
        raise HostError(f"release {plan.release} has no manifest.")
    back = next((name for name in (now.current, *running_releases(now)) if name in manifests), "")
    goal = replace(goal, health=health or goal.health)
    live = _live(layout, now, plan)
    choice = _choose(systemd, layout, plan, live, strategy, manifests.get(back, NO_RELEASE), manifests[goal.release])
    course = steps.course(
        steps.Situation(
            fresh=plan.finish,
            check=steps.CHECK in actions,
            commands=steps.COMMANDS in actions,
            processes=bool(plan.activate),
            stand_in=bool(of_kind(now.leftovers, STAND_IN)) or choice.strategy == SEAMLESS,
            removes=bool(plan.remove_units),
            serves=bool(live),
        )
    )
    before = store.release(back)
    Transaction(systemd, layout, plan, goal, before, actions, journal, choice.strategy, live).run(course)
    return choice


def _live(layout: Layout, now: AppState, plan: Plan) -> list[str]:
    """Return the instances that serve now and will be replaced."""
    units = {name: now.units.get(layout.unit(name, "service"), {}) for name in plan.activate}
    return [name for name, unit in units.items() if unit.get("ActiveState") == "active"]


def _choose(
    systemd: Systemd,
    layout: Layout,
    plan: Plan,
    live: Sequence[str],
    strategy: str,
    old: Manifest,
    new: Manifest,
) -> Choice:
    services = {name: layout.unit(name, "service") for name in live}
    case = Case(
        live=live,
        renewed=plan.renew_sockets,
        needed=sum(worker_memory(systemd, services[name]) * new.instances[name].workers for name in live),
        available=available_memory(),
        unreloadable=unreloadable(old, new),
    )
    # Without a new release (for example to repair a unit), HUP would change nothing, so `reload` does not apply.
    choice = choose(AUTO if strategy == RELOAD and not plan.finish else strategy, case)
    if not choice.strategy:
        raise HostError(f"gunicorn_apps.{layout.app}.{choice.why}", "", steps.UNCHANGED)
    return choice
