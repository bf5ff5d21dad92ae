# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Change the number of workers of a running master with TTIN and TTOU, and verify the result."""

from __future__ import annotations

import os
import signal
import time

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.strategies import SEAMLESS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout, conf_path
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy import steps
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan import Plan
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.scale import (
    Scale,
    memory_warning,
    plan_scale,
    refusal,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.parse import group_limit, group_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import refuse_unusable
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.release import Release, Service
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.runtime_units import CANARY, CHECK
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.journal import Journal
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.look import look
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.transaction import Transaction
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.boot import Boot
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.ceiling import CGROUP
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.master_notes import (
    WORKERS,
    forget,
    remember,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.memory import (
    available_memory,
    worker_memory,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.workers import heartbeats
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import Store
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import read_text
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import text_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.runtime_units import RuntimeUnits, of_kind
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd

APART = 0.2  # seconds between two signals: simultaneous ones are delivered as one
PAUSE = 0.1
MARGIN = 5  # seconds in addition to those that a worker has to finish
# Opposite signals would not undo this: they would end the oldest workers, which are serving.
NOT_UNDONE = "The master keeps the new number; workers that are still finishing will exit. `site` fixes anything else."
RESTARTED = "systemd has started a new master with the declared number of workers."


def _service(goal: Release, instance: str) -> Service:
    names = [one.name for one in goal.services]
    if not instance and len(names) > 1:
        raise InputError("instance", "is missing.", f"Name one of {', '.join(names)}.")
    found = [one for one in goal.services if one.name == (instance or names[0])]
    if not found:
        raise InputError("instance", f"there is no instance '{instance}'.", did_you_mean(instance, names))
    return found[0]


def scale(layout: Layout, instance: str, requested: int, dry: bool) -> Result:
    """Scale the instance to the requested number of workers, or the declared number if that is 0.

    Raise InputError for an unknown app or instance, and HostError if it does not run as declared or does not scale.
    """
    store = Store(layout)
    refuse_unusable(layout.app, [store.current()], store.unusable)
    goal = store.release(store.current())
    if goal is None:
        raise InputError("app", f"no release of '{layout.app}' is live.", "Deploy it first.")
    one = _service(goal, instance)
    systemd = Systemd(Runner())
    master, _restarts = _master(systemd, one)
    now = look(systemd, [goal.deployed(layout)], {layout.app: store})[layout.app]
    if not master or now.running[one.name] != conf_path(layout.release(goal.release), one.name):
        what = "serves another release" if master else "is not running"
        raise HostError(f"{one.unit} {what}.", "", "Nothing was changed. Run `site` first.")
    live = now.live[one.name]
    running = live.workers or 0
    scaled = live.scaled if running != one.workers else 0  # HUP restores the declared number
    why = refusal(one.unit, running, scaled or one.workers)
    if why:
        raise HostError(why, "", "Nothing was changed. Wait until they have finished, or run `site`.")
    plan = plan_scale(one.unit, one.workers, scaled, requested)
    warning = memory_warning(plan.workers - running, worker_memory(systemd, one.unit), _room(master))
    values = {"workers": plan.workers, "previous": running, "declared": one.workers}
    result = Result(values, plan.changes, warnings=[warning] if warning else [])
    if plan.changes and not dry:
        RuntimeUnits(systemd, layout.app).remove(of_kind(now.leftovers, CHECK, CANARY))
        if plan.signal == "TTIN":
            _canary(systemd, layout, goal, one)
        _send(systemd, layout, one, plan, goal.health.within)
    return result


def _master(systemd: Systemd, one: Service) -> tuple[int, int]:
    """Return the master's PID, and how often systemd has restarted it automatically."""
    shown = systemd.show([one.unit], ["MainPID", "NRestarts"])[one.unit]
    return int(shown.get("MainPID") or 0), int(shown.get("NRestarts") or 0)


def _room(master: int) -> int:
    """Return the bytes that are available on the host and within the unit's own limit."""
    group = group_of(text_of(master, "cgroup"))
    limit, used = (group_limit(read_text(f"{CGROUP}{group}/memory.{file}")) for file in ("max", "current"))
    return min(available_memory(), limit - used) if group and limit and used else available_memory()


def _canary(systemd: Systemd, layout: Layout, goal: Release, one: Service) -> None:
    """Boot a worker separately first: a master whose new workers cannot boot exits, and stops the serving ones too."""
    plan = Plan(layout.app, activate={one.name: Change("boot", one.unit)})
    Transaction(systemd, layout, plan, goal, None, {}, Journal(), SEAMLESS, []).run((steps.CANARY,))


def _send(systemd: Systemd, layout: Layout, one: Service, plan: Scale, within: float) -> None:
    """Send the signals, and wait until all workers have booted, surplus ones have exited, and the master is the same.

    The number is remembered first, so that it is known even if this run is killed in between.
    """
    master, restarts = _master(systemd, one)
    remember(layout, one.name, master, WORKERS, plan.workers)
    try:
        _signals(master, plan.signal, plan.times)
        if plan.signal == "TTOU":
            _wait_for_fewer(master, one, plan.workers)
        Boot(systemd, one.unit, plan.workers, restarts).wait(within)
        if _master(systemd, one)[0] != master:
            raise HostError(f"the master of {one.unit} has exited in the meantime.")
    except HostError as exc:
        exc.evidence = exc.evidence or systemd.journal([one.unit])
        exc.restored = NOT_UNDONE if _master(systemd, one)[0] == master else RESTARTED
        raise
    if plan.workers == one.workers:
        forget(layout, one.name, WORKERS)


def _wait_for_fewer(master: int, one: Service, target: int) -> None:
    end = time.monotonic() + one.stop + MARGIN
    while True:
        running = len(heartbeats(master))
        if running <= target:
            return
        if time.monotonic() > end:
            raise HostError(f"{one.unit} still has {running} workers instead of {target}.")
        time.sleep(PAUSE)


def _signals(master: int, name: str, times: int) -> None:
    for number in range(times):
        if number:
            time.sleep(APART)
        try:
            os.kill(master, signal.Signals[f"SIG{name}"])
        except ProcessLookupError as exc:
            raise HostError(f"the master (process {master}) has exited in the meantime.") from exc
