# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roll back to and prune the releases of an app that are on this host. Needs no declaration and no network."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.plan import running_releases
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.release_plan import plan_release
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases import (
    ROLLBACK,
    choose_release,
    live_release,
    refuse_same_code,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.scrub import scrub_all
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.variants import CANARY, CHECK
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.answer import failure
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy_lock import deploy_lock
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.detached import detached
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.history import mark_good, read_history, record
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.journal import Journal
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.known_app import find_app, secrets_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.look import (
    current_release,
    damaged,
    look,
    read_manifests,
    read_target,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.release_info import list_releases_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.removal import plan_prune, prune
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.runtime_units import RuntimeUnits, of_kind
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.switch import switch
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd import Systemd


def handle(options: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Do what the module gunicorn_release was asked for."""
    layout = find_app(options["app"])
    who, wait = options["who"], options["lock_wait"]
    secrets = secrets_of(layout)
    try:
        if options["command"] == "prune":
            result = prune_app(layout, options["keep"], who, wait, check_mode)
        else:
            result = roll_back(layout, options["release"] or "", options["strategy"], who, wait, check_mode)
    except HostError as exc:
        result = failure(exc)
    return dict(scrub_all(result, secrets))


def prune_app(layout: Layout, keep: int, who: str, wait: float, check_mode: bool) -> dict[str, Any]:
    doomed = plan_prune(layout, keep)
    if doomed and not check_mode:
        with deploy_lock(layout.lock, who, wait):
            prune(layout, keep)
    changes = [f"remove release {name}" for name in doomed]
    return {**list_releases_of(layout), "changed": bool(doomed), "changes": changes}


def roll_back(layout: Layout, wanted: str, strategy: str, who: str, wait: float, check_mode: bool) -> dict[str, Any]:
    if check_mode:
        return _roll_back(layout, wanted, strategy, who, Journal(), dry=True)

    def work() -> dict[str, Any]:
        journal = Journal()
        try:
            with deploy_lock(layout.lock, who, wait) as tell:
                journal.tell = tell
                return _roll_back(layout, wanted, strategy, who, journal, dry=False)
        except InputError as exc:
            return {"failed": True, "msg": str(exc)}
        except HostError as exc:
            return {"failed": True, "msg": exc.explain(), "steps": journal.data(), "seconds": journal.seconds}

    return detached(work)


def _live(systemd: Systemd, layout: Layout, current: str) -> str:
    target = read_target(layout, current)
    if target is None:
        return ""
    return live_release(current, running_releases(look(systemd, [target.deployed(layout)])[layout.app]))


def _roll_back(layout: Layout, wanted: str, strategy: str, who: str, journal: Journal, dry: bool) -> dict[str, Any]:
    before = current_release(layout.current)
    systemd = Systemd(Runner())
    live = _live(systemd, layout, before)
    manifests = read_manifests(layout.releases)
    chosen = choose_release(manifests, read_history(layout), live, wanted)
    refuse_same_code(manifests[chosen], manifests.get(live, {}))
    goal = read_target(layout, chosen)
    if goal is None:
        raise HostError(f"release {chosen} has no manifest.")
    now = look(systemd, [goal.deployed(layout)])[layout.app]
    lost = sorted(set(now.manifests[chosen]["layers"]) - now.layers - {layout.release(chosen)})
    missing = [path for path in lost if not os.path.isdir(path)]
    if missing:
        raise HostError(f"release {chosen} is not whole any more: {', '.join(missing)} is gone. Deploy it instead.")
    if damaged(layout, chosen, now.manifests[chosen]):
        raise HostError(
            f"files of release {chosen} were changed on this host. Deploy it instead, which builds it anew."
        )
    plan = plan_release(layout, goal, now)
    result: dict[str, Any] = {
        "changed": True,
        "changes": list(plan.changes),
        "diff": [change.diff() for change in plan.files],
        "release": chosen,
        "previous": before,
        "version": now.manifests[chosen].get("version", ""),
        "seconds": {},
        "steps": [],
    }
    if goal.foreign:
        result["warnings"] = [f"The code in {goal.foreign} is not part of a release, and stays as it is now."]
    if dry:
        return result
    line = {"release": chosen, "version": result["version"], "previous": before, "who": who, "kind": ROLLBACK}
    try:
        RuntimeUnits(systemd, layout.app).remove(of_kind(now.leftovers, CHECK, CANARY))
        choice = switch(systemd, layout, now, plan, strategy, {}, journal)
    except (HostError, OSError) as exc:
        why = exc.cause if isinstance(exc, HostError) else str(exc)
        record(layout, {**line, "result": "failed", "why": why, "seconds": journal.seconds})
        raise exc if isinstance(exc, HostError) else HostError(str(exc)) from exc
    record(layout, {**line, "result": "live", "why": "", "seconds": journal.seconds})
    mark_good(layout, chosen)
    return {**result, "seconds": journal.seconds, "steps": journal.data(), "strategy": choice._asdict()}
