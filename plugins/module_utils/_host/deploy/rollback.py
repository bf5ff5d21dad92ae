# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roll back to a release on this host."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import (
    HostError,
    InputError,
    as_host_error,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.scrub import scrub
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan_release import plan_release
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.current import running_releases
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.history import (
    ROLLBACK,
    choose_release,
    live_release,
    refuse_same_code,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import (
    NO_RELEASE,
    refuse_unusable,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.runtime_units import CANARY, CHECK
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.journal import Journal
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.lock import deploy_lock
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.look import look
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.switch import switch
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.history import read_history, record
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import Store, secrets_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.detached import detached
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.runtime_units import RuntimeUnits, of_kind
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd


def roll_back(layout: Layout, requested: str, strategy: str, who: str, wait: float, check_mode: bool) -> Result:
    """Make the requested release live, or the previous one if that is ''. A failure is part of the result.

    In check mode, raise InputError or HostError instead.
    """
    if check_mode:
        return _roll_back(layout, requested, strategy, who, Journal(), dry=True)

    def work() -> Result:
        journal = Journal()
        try:
            with deploy_lock(layout.lock, who, wait) as tell:
                journal.tell = tell
                return _roll_back(layout, requested, strategy, who, journal, dry=False)
        except InputError as exc:
            return Result(failure=exc.failure)
        except Exception as exc:
            failure = as_host_error(exc).failure
            return Result({"steps": journal.data(), "seconds": journal.seconds}, failure=failure)

    return detached(work)


def _live(systemd: Systemd, store: Store, current: str) -> str:
    target = store.release(current)
    if target is None:
        return ""
    subject = target.deployed(store.layout)
    running = running_releases(look(systemd, [subject], {subject.name: store})[subject.name])
    refuse_unusable(subject.name, running, store.unusable)
    return live_release(current, running)


def _roll_back(layout: Layout, requested: str, strategy: str, who: str, journal: Journal, dry: bool) -> Result:
    store = Store(layout)
    before = store.current()
    refuse_unusable(layout.app, [before], store.unusable)
    systemd = Systemd(Runner())
    live = _live(systemd, store, before)
    manifests = store.manifests
    chosen = choose_release(manifests, read_history(layout), live, requested, store.unusable)
    refuse_same_code(manifests[chosen], manifests.get(live, NO_RELEASE))
    goal = store.release(chosen)
    if goal is None:
        raise HostError(f"release {chosen} has no manifest.")
    now = look(systemd, [goal.deployed(layout)], {layout.app: store})[layout.app]
    lost = sorted(set(manifests[chosen].layers) - now.layers - {layout.release(chosen)})
    missing = [path for path in lost if not os.path.isdir(path)]
    if missing:
        raise HostError(
            f"release {chosen} is incomplete: {', '.join(missing)} is missing. Deploy that version instead."
        )
    if store.damaged(chosen):
        raise HostError(
            f"files of release {chosen} were changed on this host. Deploy that version instead, which rebuilds it."
        )
    plan = plan_release(layout, goal, now)
    values: dict[str, Any] = {
        "release": chosen,
        "previous": before,
        "version": manifests[chosen].version,
        "seconds": {},
        "steps": [],
    }
    result = Result(values, plan.changes, [change.diff() for change in plan.files])
    if goal.foreign:
        result.warnings = [f"The code in {goal.foreign} is not part of a release and stays as it is."]
    if dry:
        return result
    line = {"release": chosen, "version": values["version"], "previous": before, "who": who, "kind": ROLLBACK}
    try:
        RuntimeUnits(systemd, layout.app).remove(of_kind(now.leftovers, CHECK, CANARY))
        choice = switch(systemd, store, now, plan, strategy, {}, journal)
    except Exception as exc:
        failure = as_host_error(exc)
        with contextlib.suppress(OSError):  # if recording fails too, report the original failure
            why = scrub(failure.cause, secrets_of(layout))
            record(layout, {**line, "result": "failed", "why": why, "seconds": journal.seconds})
        raise
    record(layout, {**line, "result": "live", "why": "", "seconds": journal.seconds})
    store.mark_good(chosen)
    values |= {"seconds": journal.seconds, "steps": journal.data(), "strategy": choice._asdict()}
    return result
