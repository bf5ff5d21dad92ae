# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carry out the steps of a deploy once its release is built; `_core/deploy/steps.py` decides which comes next."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, as_host_error
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.options import RELOAD, SEAMLESS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy import steps
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan import Plan, plan_units
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.release import Release, Service
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.runtime_units import (
    CANARY,
    STAND_IN,
    canary_bind,
    canary_socket,
    canary_unit,
    stand_in_unit,
    variant_name,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.journal import Journal
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.look import unit_files
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.health.ask import wait_healthy
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.boot import Boot
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.master_notes import (
    RELEASE,
    WORKERS,
    forget,
    remember,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.workers import (
    Process,
    look_at,
    processes,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import apply_changes, replace_symlink
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.runtime_units import RuntimeUnits
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd

BOOT_MARGIN = 5
PAUSE = 0.1


class Transaction:
    """One switch from the running processes to the target release. `actions` are steps that need a declaration."""

    def __init__(
        self,
        systemd: Systemd,
        layout: Layout,
        plan: Plan,
        target: Release,
        back: Optional[Release],
        actions: Mapping[str, Callable[[], str]],
        journal: Journal,
        strategy: str,
        live: Sequence[str],
    ) -> None:
        self._systemd = systemd
        self._layout = layout
        self._plan = plan
        self._target = target
        self._back = back
        self._journal = journal
        self._strategy = strategy
        self._live = live  # instances that serve now, which a stand-in has to bridge
        self._runtime = RuntimeUnits(systemd, layout.app)
        self._services = target.only(plan.activate)
        self._old: dict[str, set[Process]] = {}
        self._groups: dict[str, str] = {}
        self._restarts: dict[str, int] = {}
        self._canaries: dict[str, str] = {}
        self._actions = {
            steps.BOOT_CANARY: self._boot_canary,
            steps.CANARY: self._canary,
            steps.STAND_IN: self._stand_in,
            steps.SWITCH: self._switch,
            steps.VERIFY: lambda: self._verify(self._target, self._services),
            steps.DISMISS: self._dismiss,
            steps.REMOVE: self._remove,
            steps.FINISH: self._finish,
            steps.PUT_BACK: self._put_back,
            **actions,
        }

    def run(self, course: Sequence[str]) -> None:
        """Carry out all steps. Raise HostError if one fails, with the evidence and the restored state."""
        try:
            self._run(course)
        except BaseException:
            self._runtime.kill(self._canaries)  # an import that hangs would delay a normal stop until its timeout
            raise
        self._runtime.remove(self._canaries)

    def _run(self, course: Sequence[str]) -> None:
        started = f"@{time.time():.6f}"
        failure: Optional[HostError] = None
        at = ""
        while True:
            at = steps.next_step(course, at, failure is None)
            if at in (steps.LIVE, steps.REFUSED):
                break
            try:
                with self._journal.step(at) as entry:
                    entry.verdict = self._actions[at]()
            except steps.StartOver:
                raise
            except Exception as exc:  # whatever it is: from the switch on, somebody has to put the old release back
                failure = self._failed(failure, at, as_host_error(exc), started)
                continue
            if failure and at == steps.PUT_BACK:
                failure.restored = entry.verdict
        if failure:
            raise failure

    def _failed(self, before: Optional[HostError], at: str, now: HostError, since: str) -> HostError:
        if before is None:
            journal = self._journal_of(self._concerned(at), since)
            now.evidence = "\n".join(part for part in (now.evidence, journal) if part and part not in now.cause)
            now.restored = steps.left_by(at)
            now.step = at
            return now
        before.restored = f"{now.cause}\n{now.evidence}".strip()
        return before

    def _journal_of(self, units: Sequence[str], since: str) -> str:
        try:
            return self._systemd.journal(units, since) if units else ""
        except Exception as exc:  # evidence that cannot be read must not prevent the way back
            return as_host_error(exc).explain()

    def _concerned(self, step: str) -> list[str]:
        """Return the units whose journal concerns the step; before the switch, the running service's does not."""
        units = [service.unit for service in self._services]
        if step in (steps.BOOT_CANARY, steps.CHECK, steps.COMMANDS):
            return []
        if step in (steps.CANARY, steps.STAND_IN):
            return [variant_name(unit, CANARY if step == steps.CANARY else STAND_IN) for unit in units]
        return units

    # ---- before running processes change -------------------------------------------------------------------------

    def _boot_canary(self) -> str:
        limit = round(self._target.health.within) + BOOT_MARGIN
        for one in self._services:
            name = variant_name(one.unit, CANARY)
            self._canaries[name] = canary_unit(one.unit, one.text, self._target.gunicorn, limit)
            self._canaries[name.replace(".service", ".socket")] = canary_socket(one.unit)
        self._runtime.start(self._canaries, wait=False)
        return ""

    def _canary(self) -> str:
        """Start the canaries, also those that failed during the check: they get another chance now."""
        if not self._canaries:
            self._boot_canary()
        self._systemd.do("start", *self._canaries)
        answers = [self._healthy(one, variant_name(one.unit, CANARY), canary_bind(one.unit)) for one in self._services]
        if self._strategy == SEAMLESS:
            self._runtime.stop_soon(self._canaries)
        else:  # other strategies may have been chosen because memory is short, so wait until it is free again
            self._runtime.remove(self._canaries)
        return "; ".join(answers)

    def _stand_in(self) -> str:
        """Start the stand-in, which boots while the canary stops."""
        limit = round(self._target.health.within) + BOOT_MARGIN
        texts = {}
        bridged = [one for one in self._services if one.name in self._live]
        self._show_beside()
        for one in bridged:
            name = variant_name(one.unit, STAND_IN)
            left_behind = name in self._runtime.found(STAND_IN)  # by a run that was killed; it serves too
            if not (left_behind and Boot(self._systemd, name, one.workers).is_ready()):
                texts[name] = stand_in_unit(one.unit, one.text, self._target.gunicorn, limit)
        self._runtime.remove(texts)
        self._runtime.start(texts)
        booted = [
            Boot(self._systemd, variant_name(one.unit, STAND_IN), one.workers).wait(self._target.health.within)
            for one in bridged
        ]
        return "; ".join(booted)

    def _show_beside(self) -> None:
        """Pages of the new release request its static files from nginx before `current` points to it."""
        if self._back is None or self._back.release != self._target.release:
            replace_symlink(self._layout.beside, f"releases/{self._target.release}")

    # ---- the switch --------------------------------------------------------------------------------------------------

    def _switch(self) -> str:
        plan = self._plan
        units = [service.unit for service in self._services]
        shown = self._systemd.show(units, ["ControlGroup"])
        self._groups = {unit: state.get("ControlGroup", "") for unit, state in shown.items()}
        self._old = {unit: set(processes(group)) for unit, group in self._groups.items()}
        self._show_beside()
        apply_changes(change for change in plan.files if change.after)
        self._systemd.daemon_reload()
        if plan.enable:
            self._systemd.do("enable", *plan.enable)
        self._renew(plan.renew_sockets)
        if plan.start_sockets:
            self._systemd.do("start", *plan.start_sockets)
        if not units:
            return "units are as declared"
        if self._strategy == RELOAD:
            return self._reload(units)
        for one in self._services:
            forget(self._layout, one.name, RELEASE, WORKERS)
        self._systemd.do("restart", *units)
        return f"restarted {', '.join(units)}"

    def _reload(self, units: Sequence[str]) -> str:
        """Send HUP to the services that run, and start the others."""
        reloaded = []
        for one in self._services:
            seen = look_at(self._systemd, one.unit)
            if not seen.master:
                continue
            reloaded.append(one.unit)
            self._restarts[one.unit] = seen.restarts  # the master stays the same
            self._old[one.unit] = {process for process in self._old[one.unit] if process.pid != seen.master}
            remember(self._layout, one.name, seen.master, RELEASE, self._target.release)
            forget(self._layout, one.name, WORKERS)  # HUP restores the number in the settings
        started = [unit for unit in units if unit not in reloaded]
        if started:
            self._systemd.do("restart", *started)
        self._systemd.do("reload", *reloaded)
        return f"sent HUP to {', '.join(reloaded)}" + (f"; started {', '.join(started)}" if started else "")

    def _verify(self, target: Release, services: Iterable[Service]) -> str:
        """Verify that all workers are new and have booted, no old one is left, and that this holds for a while."""
        answers = []
        for one in services:
            self._wait_for_old(one, target.health.within)
            self._boot(one).wait(target.health.within)
            answers.append(self._healthy(one, one.unit, one.bind, target))
        if target.health.settle:
            time.sleep(target.health.settle)
            for one in services:
                self._boot(one).insist()
                self._healthy(one, one.unit, one.bind, target)
        return "; ".join(answers)

    def _boot(self, one: Service) -> Boot:
        return Boot(self._systemd, one.unit, one.workers, self._restarts.get(one.unit, 0))

    def _wait_for_old(self, one: Service, within: float) -> None:
        """Wait for old workers: after HUP they may finish their requests for as long as a stop would let them."""
        unit = one.unit
        end = time.monotonic() + max(within, one.stop)
        while True:
            left = self._old.get(unit, set()) & set(processes(self._groups.get(unit, "")))
            if not left:
                return
            if time.monotonic() >= end:
                pids = ", ".join(str(process.pid) for process in sorted(left))
                raise HostError(f"processes of the old generation are still running in {unit}: {pids}.")
            time.sleep(PAUSE)

    def _dismiss(self) -> str:
        stopped = self._runtime.remove(self._runtime.found(STAND_IN))
        return f"stopped {', '.join(stopped)}" if stopped else "no stand-in was running"

    def _remove(self) -> str:
        """Remove the units of instances that are no longer declared; they served until now."""
        units = self._plan.remove_units
        self._systemd.stop_and_disable(units)
        apply_changes(change for change in self._plan.files if not change.after)
        self._systemd.daemon_reload()
        return f"removed {', '.join(units)}"

    def _finish(self) -> str:
        """Check again, now that only the new generation can answer, and set the links.

        `beside` points to the old release, because browsers still have its pages open.
        """
        answers = [self._healthy(one, one.unit, one.bind) for one in self._services]
        replace_symlink(self._layout.current, f"releases/{self._target.release}")
        if self._back and self._back.release != self._target.release:
            replace_symlink(self._layout.beside, f"releases/{self._back.release}")
        return "; ".join(answers) or f"current is {self._target.release}"

    # ---- the way back ------------------------------------------------------------------------------------------------

    def _put_back(self) -> str:
        """Restore the release that was live, whatever units are on disk now; verify it and describe the result."""
        texts = self._back.units if self._back else {}
        found = unit_files(self._layout)
        changes = plan_units(texts, found)
        self._systemd.stop_and_disable([unit for unit in map(_name, found) if unit not in texts])
        apply_changes(changes)
        self._systemd.daemon_reload()
        if self._back is None:
            return f"There was no earlier release of {self._layout.app}; its units were removed again."
        self._renew([unit for unit in map(_name, (change.path for change in changes)) if unit in texts])
        self._systemd.do("enable", *texts)
        self._old = {}
        self._restarts = {}
        self._systemd.do("restart", *(service.unit for service in self._back.services))
        put_back = f"Release {self._back.release} was put back"
        if self._back.foreign:
            put_back += f" (except for the code in {self._back.foreign}, which is not part of a release)"
        try:
            self._verify(self._back, self._back.services)
        except Exception as exc:
            seen = as_host_error(exc)
            why = "\n".join(part for part in (seen.cause, seen.evidence) if part)
            return f"{put_back}, but it is not healthy either: {why}"
        return f"{put_back} and answers again."

    def _renew(self, units: Iterable[str]) -> None:
        for socket in units:
            if socket.endswith(".socket"):
                self._systemd.do("stop", socket.replace(".socket", ".service"))
                self._systemd.do("restart", socket)

    def _healthy(self, service: Service, unit: str, bind: str, target: Optional[Release] = None) -> str:
        health = (target or self._target).health
        boot = Boot(self._systemd, unit, 1)
        answer = wait_healthy(bind, health, boot.hopeless, tls=service.tls)
        if not answer.healthy:
            who = "canary" if unit != service.unit else "new workers"
            raise HostError(f"the {who} of '{service.name}' failed the health check.", answer.seen)
        return answer.seen


def _name(path: str) -> str:
    return os.path.basename(path)
