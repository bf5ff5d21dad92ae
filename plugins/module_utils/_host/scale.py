# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Change the number of workers of a master that runs, by TTIN and TTOU, and prove it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core import transaction as steps
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.plan import Plan
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.scale import (
    Scale,
    check_workers,
    memory_warning,
    plan_scale,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.scrub import scrub_all
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.strategy import SEAMLESS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.target import Service, Target
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.answer import failure
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.boot import Boot
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy_lock import deploy_lock
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.detached import detached
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.journal import Journal
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.known_app import find_app, secrets_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.live import Asked, read_live
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.look import current_release, read_target
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.master_notes import (
    WORKERS,
    forget,
    recall,
    remember,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.memory import available_memory, worker_memory
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd import Systemd
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.transaction import Transaction

APART = 0.2  # seconds between two signals: those that come at once are taken as one
PAUSE = 0.1
MARGIN = 5  # seconds beyond those in which a worker has to finish
# Signals the other way would end the oldest workers, which serve.
LEFT = "The master was asked for the number all the same. `site` brings back the declared one without a lost request."


def handle(options: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Do what the module gunicorn_scale was asked for."""
    wanted = check_workers(options["workers"]) if options["workers"] is not None else 0
    layout = find_app(options["app"])
    goal = read_target(layout, current_release(layout.current))
    if goal is None:
        raise InputError("app", f"no release of '{layout.app}' is live.", "Deploy it first.")
    one = _service(goal, options["instance"])
    if check_mode:
        return _scale(layout, goal, one, wanted, dry=True)

    def work() -> dict[str, Any]:
        try:
            with deploy_lock(layout.lock, options["who"], options["lock_wait"]):
                return _scale(layout, goal, one, wanted, dry=False)
        except HostError as exc:
            return dict(scrub_all(failure(exc), secrets_of(layout)))

    return detached(work)


def _service(goal: Target, instance: str) -> Service:
    names = [one.name for one in goal.services]
    if not instance and len(names) > 1:
        raise InputError("instance", "is missing.", f"Name one of {', '.join(names)}.")
    found = [one for one in goal.services if one.name == (instance or names[0])]
    if not found:
        raise InputError("instance", f"'{instance}' is no instance.", did_you_mean(instance, names))
    return found[0]


def _scale(layout: Layout, goal: Target, one: Service, wanted: int, dry: bool) -> dict[str, Any]:
    systemd = Systemd(Runner())
    master = int(systemd.show([one.unit], ["MainPID"])[one.unit].get("MainPID") or 0)
    if not master:
        raise HostError(f"{one.unit} does not run.", "", "Nothing was changed. Run `site` first.")
    scaled = recall(layout, one.name, master, WORKERS) or 0
    running = read_live({one.unit: Asked(master, wanted or one.workers)})[one.unit].workers or 0
    plan = plan_scale(one.unit, one.workers, running, scaled, wanted)
    warning = memory_warning(plan.workers - running, worker_memory(systemd, one.unit), available_memory())
    result = {
        "changed": bool(plan.changes),
        "changes": list(plan.changes),
        "workers": plan.workers,
        "previous": running,
        "declared": one.workers,
        "warnings": [warning] if warning else [],
    }
    if dry:
        return result
    if plan.signal == "TTIN":
        _canary(systemd, layout, goal, one)
    try:
        _send(systemd, one, master, plan, goal.health.within)
    except HostError as exc:
        exc.evidence = exc.evidence or systemd.journal([one.unit])
        exc.restored = LEFT
        raise
    if plan.workers == one.workers:
        forget(layout, one.name, WORKERS)
    else:
        remember(layout, one.name, master, WORKERS, plan.workers)
    return result


def _canary(systemd: Systemd, layout: Layout, goal: Target, one: Service) -> None:
    """A master whose new workers cannot boot ends, and takes those that serve with it. So one boots apart first."""
    plan = Plan(layout.app, activate={one.name: "more workers"})
    Transaction(systemd, layout, plan, goal, None, {}, Journal(), SEAMLESS, []).run((steps.CANARY,))


def _send(systemd: Systemd, one: Service, master: int, plan: Scale, within: float) -> None:
    """One by one; then every worker must have booted, and those that are too many must have finished."""
    _signals(master, plan.signal, plan.times)
    end = time.monotonic() + one.stop + MARGIN
    while plan.signal == "TTOU":
        running = read_live({one.unit: Asked(master, plan.workers)})[one.unit].workers
        if running is not None and running <= plan.workers:
            break
        if time.monotonic() > end:
            raise HostError(f"{one.unit} still has {running} workers, {plan.workers} are wanted.")
        time.sleep(PAUSE)
    if plan.times:
        restarts = int(systemd.show([one.unit], ["NRestarts"])[one.unit].get("NRestarts") or 0)
        Boot(systemd, one.unit, plan.workers, restarts).wait(within)


def _signals(master: int, name: str, times: int) -> None:
    for number in range(times):
        if number:
            time.sleep(APART)
        try:
            os.kill(master, signal.Signals[f"SIG{name}"])
        except ProcessLookupError as exc:
            raise HostError(f"the master (process {master}) has ended meanwhile.") from exc
