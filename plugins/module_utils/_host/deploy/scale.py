# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Change the number of workers of a running master with TTIN and TTOU, and verify the result."""

from __future__ import annotations

import time

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout, conf_path
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.options import SEAMLESS
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

BETWEEN = 0.2  # seconds between two signals: signals that arrive together count as one
PAUSE = 0.1
MARGIN = 5  # seconds beyond those that a worker has to finish
# Sending the opposite signals would end the oldest workers, which serve.
KEPT = "The signals were not taken back: late workers may still boot or finish. `site` restores the declared number."
RESTARTED = "systemd has started a new master with the declared number of workers."


def _service(goal: Release, instance: str) -> Service:
    names = [one.name for one in goal.services]
    if not instance and len(names) > 1:
        raise InputError("instance", "is missing.", f"Choose one of {', '.join(names)}.")
    found = [one for one in goal.services if one.name == (instance or names[0])]
    if not found:
        raise InputError("instance", f"'{instance}' is not an instance of this app.", did_you_mean(instance, names))
    return found[0]


def scale(layout: Layout, instance: str, workers: int, dry: bool) -> Result:
    """Scale an instance to `workers` (0: the declared number) and return what was done; `dry` only plans.

    Raises InputError for an unknown app or instance, HostError if the host is not in a state to be scaled, or if the
    workers do not reach the number.
    """
    store = Store(layout)
    refuse_unusable(layout.app, [store.current()], store.unusable)
    goal = store.release(store.current())
    if goal is None:
        raise InputError("app", f"'{layout.app}' has no live release.", "Deploy it first.")
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
        raise HostError(why, "", "Nothing was changed. Wait, or run `site`.")
    plan = plan_scale(one.unit, one.workers, scaled, workers)
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
    """Return the process id of the master, and how often systemd has restarted it on its own."""
    shown = systemd.show([one.unit], ["MainPID", "NRestarts"])[one.unit]
    return int(shown.get("MainPID") or 0), int(shown.get("NRestarts") or 0)


def _room(master: int) -> int:
    """Return the bytes that are available on the host and within the unit's own limit."""
    group = group_of(text_of(master, "cgroup"))
    limit, used = (group_limit(read_text(f"{CGROUP}{group}/memory.{file}")) for file in ("max", "current"))
    return min(available_memory(), limit - used) if group and limit and used else available_memory()


def _canary(systemd: Systemd, layout: Layout, goal: Release, one: Service) -> None:
    """Boot one worker separately first: a master whose new workers cannot boot exits, and takes all others along."""
    plan = Plan(layout.app, activate={one.name: Change("boot", one.unit)})
    Transaction(systemd, layout, plan, goal, None, {}, Journal(), SEAMLESS, []).run((steps.CANARY,))


def _send(systemd: Systemd, layout: Layout, one: Service, plan: Scale, within: float) -> None:
    """Send the signals, then wait until every worker has booted and surplus ones have finished, under the same master.

    The number is recorded first, so that it is known even if this run is killed in between.
    """
    master, restarts = _master(systemd, one)
    remember(layout, one.name, master, WORKERS, plan.workers)
    try:
        _signals(systemd, one.unit, plan.signal, plan.times)
        if plan.signal == "TTOU":
            _wait_for_fewer(master, one, plan.workers)
        Boot(systemd, one.unit, plan.workers, restarts).wait(within)
        if _master(systemd, one)[0] != master:
            raise HostError(f"the master of {one.unit} has exited in the meantime.")
    except HostError as exc:
        exc.evidence = exc.evidence or systemd.journal([one.unit])
        exc.restored = KEPT if _master(systemd, one)[0] == master else RESTARTED
        raise
    if plan.workers == one.workers:
        forget(layout, one.name, WORKERS)


def _wait_for_fewer(master: int, one: Service, workers: int) -> None:
    end = time.monotonic() + one.stop + MARGIN
    while True:
        running = len(heartbeats(master))
        if running <= workers:
            return
        if time.monotonic() > end:
            raise HostError(f"{one.unit} still runs {running} workers instead of {workers}.")
        time.sleep(PAUSE)


def _signals(systemd: Systemd, unit: str, name: str, times: int) -> None:
    """Send the signals through systemd: a process that has got the id of a master that died would stop at them."""
    for number in range(times):
        if number:
            time.sleep(BETWEEN)
        systemd.signal_master(unit, name)
