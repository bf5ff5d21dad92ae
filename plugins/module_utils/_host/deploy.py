# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring one app to its plan: build aside, then one transaction, then a line of history."""

from __future__ import annotations

import contextlib
import os
import secrets as random_bytes
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core import transaction as steps
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.app_plan import plan_absent_app, plan_app
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.import_report import About
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.layout import conf_path
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.plan import Current, Plan
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizes import show_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.strategy import Choice
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.variants import CANARY, CHECK
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.worker_memory import measured, needed, settled
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.absent import remove_app
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build import Builder, BuildInputs
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.declare import Context, Declared, declare
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy_lock import deploy_lock
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.history import (
    mark_checked,
    mark_failed,
    mark_good,
    record,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.import_check import check_import, stage
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.journal import Journal
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.look import look, read_manifests, read_target
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.master_notes import MENDS, remember
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.removal import prune, remove_release
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.runtime_units import RuntimeUnits, of_kind
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.switch import switch
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd import Systemd
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.users import create_group, create_user


@dataclass(frozen=True)
class Options:
    """What a deploy is told beside the declaration."""

    installer_env: Mapping[str, str]
    who: str
    lock_wait: float = 0.0
    release_commands: bool = True


class Resized(Exception):
    """The import took so much memory, or so little, that another number of workers fits."""

    verdict = "another number of workers fits; once more with that"


class Deploy:
    """One app in one run."""

    def __init__(
        self, runner: Runner, context: Context, secrets: Mapping[str, str], given: Mapping[str, Any], options: Options
    ) -> None:
        self._runner = runner
        self._systemd = Systemd(runner)
        self._context = context
        self._secrets = secrets
        self._given = given
        self._options = options
        self.journal = Journal()
        self.release = ""
        self.choice: Optional[Choice] = None
        self.imported: Mapping[str, Any] = {}
        self.declared: Optional[Declared] = None
        self._identity: Optional[tuple[Optional[str], dict[str, Any]]] = None
        self._memory = 0  # of a worker, as measured in this run

    def declare(self, app: App, now: Current) -> Declared:
        declared = self.declared = declare(
            self._context, self._runner, app, now, self._secrets, self._given, self._identity, self._memory
        )
        if declared.declaration.source_id is not None:
            self._identity = declared.declaration.source_id, dict(declared.resolved)
        return declared

    def converge(self, app: App, now: Current, plan: Plan, upload: str) -> Plan:
        """Carry the plan out and return what it came to, with the release now known.

        `upload` is the path of a source that comes from the controller.
        """
        if app.state == "absent":
            with self._lock(app) if os.path.isdir(app.layout.home) else contextlib.nullcontext():
                plan = plan_absent_app(app, look(self._systemd, [app])[app.name])
                remove_app(self._systemd, self._runner, app, plan)
            return plan
        if plan.create_user:
            create_user(self._runner, app.user, app.layout.shared)
        create_group(self._runner, self._context.proxy_group)
        self._make_home(app)
        with self._lock(app) as tell:
            self.journal.tell = tell
            # What was planned was seen before the lock; another run may have finished in between.
            now = look(self._systemd, [app])[app.name]
            final = plan = plan_app(self.declare(app, now).declaration, now)
            try:
                RuntimeUnits(self._systemd, app.name).remove(of_kind(now.leftovers, CHECK, CANARY))
                final = self._build(app, now, plan, upload)
                try:
                    self._switch(app, now, final)
                except Resized:
                    if plan.add_release:
                        remove_release(app.layout.release(final.release or ""))
                    now = look(self._systemd, [app])[app.name]
                    plan = plan_app(self.declare(app, now).declaration, now)
                    final = self._build(app, now, plan, upload)
                    self._switch(app, now, final)
            except (HostError, OSError) as exc:
                why = exc.cause if isinstance(exc, HostError) else str(exc)
                with contextlib.suppress(OSError):  # the reason is worth more than its record
                    self._record(app, final, now, "failed", why)
                    mark_failed(app.layout, final.release, now.current, why)
                raise
            if any(final.mends.values()):
                self._note_what_is_left(app)
            if final.finish:
                self._record(app, final, now, "live", "")
                mark_good(app.layout, final.release)
                for name in set(now.manifests) - set(now.sound):
                    why = "files of it were changed on this host"
                    mark_failed(app.layout, name, final.release or "", why, now.damaged)
            with self.journal.step("prune"):
                prune(app.layout, app.keep_releases)
        return final

    def _lock(self, app: App) -> contextlib.AbstractContextManager[Callable[[str], None]]:
        return deploy_lock(app.layout.lock, self._options.who, self._options.lock_wait)

    def _make_home(self, app: App) -> None:
        layout = app.layout
        for directory in (layout.home, layout.releases, layout.sources, layout.venvs):
            os.makedirs(directory, mode=0o755, exist_ok=True)
            os.chmod(directory, 0o755)
        if not os.path.exists(layout.salt):
            descriptor = os.open(layout.salt, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(random_bytes.token_bytes(32))
        if not os.path.isdir(layout.shared):
            os.makedirs(layout.shared, mode=0o751)
            os.chmod(layout.shared, 0o751)
            shutil.chown(layout.shared, app.user, app.user)

    def _build(self, app: App, now: Current, plan: Plan, upload: str) -> Plan:
        if not plan.add_release and not app.upgrade:
            return plan
        declared = self.declare(app, now)
        inputs = BuildInputs(
            secrets=self._secrets,
            resolved=declared.resolved,
            upload=upload,
            uv=self._context.uv,
            installer_env=self._options.installer_env,
            version=app.source.version or self._given.get("version", ""),
        )
        builder = Builder(self._runner, inputs, now, self.journal.step)
        raw = builder.fetch(declared.declaration)
        declared = self.declare(app, now)  # the requirements are known now that the source is here
        if declared.wanted is None:
            raise HostError("the source is there, yet its requirements cannot be read.")
        upgrade = app.upgrade
        if upgrade and not plan.add_release:
            fresh = builder.resolve_anew(declared.declaration, declared.wanted, raw)
            if fresh == now.manifests[plan.release or ""]["venv"]["lock"]:
                return plan
        built = builder.build(declared.declaration, declared.wanted, raw, upgrade)
        seen = look(self._systemd, [app])[app.name]
        return plan_app(self.declare(app, seen).declaration, seen, built=built)

    def _switch(self, app: App, now: Current, plan: Plan) -> None:
        self.release = plan.release or ""
        manifest = read_manifests(app.layout.releases).get(self.release, {})
        does: dict[str, Callable[[], str]] = {steps.CHECK: lambda: self._check(app, now, self.release)}
        if app.release and self._options.release_commands:
            does[steps.COMMANDS] = lambda: self._release_commands(app, now, manifest)
        choice = switch(self._systemd, app.layout, now, plan, app.strategy, does, self.journal, app.health)
        if plan.activate:
            self.choice = choice

    def _check(self, app: App, now: Current, release: str) -> str:
        """Import the app; then see whether the number of workers still holds with the memory that this took."""
        again = bool(self.imported)
        if not again:
            self.imported = self._import(app, release)
            before = self._sizes(app, now)
            took = needed(self.imported["memory_bytes"])
            self._memory = settled(measured(now.manifests, now.current), took)
            if self._sizes(app, now) != before:
                raise Resized
        mark_checked(app.layout, release, {**self.imported, "worker_memory": self._memory})
        seen = f"{self.imported['kind']} app, imported in {self.imported['seconds']:.2f} s"
        return f"{seen}, {show_size(self.imported['memory_bytes'])}{', as before' * again}"

    def _note_what_is_left(self, app: App) -> None:
        """What new processes still do not have, the next ones would not have either: no run tries that again."""
        now = look(self._systemd, [app])[app.name]
        for name, subjects in plan_app(self.declare(app, now).declaration, now).mends.items():
            master = int(now.units[app.layout.unit(name, "service")].get("MainPID") or 0)
            if subjects and master:
                remember(app.layout, name, master, MENDS, list(subjects))

    def _sizes(self, app: App, now: Current) -> dict[str, int]:
        sizings = self.declare(app, now).declaration.sizings
        return {name: sizing.workers for name, sizing in sizings.items()}

    def _import(self, app: App, release: str) -> dict[str, Any]:
        goal = read_target(app.layout, release)
        if goal is None:
            raise HostError(f"release {release} has no manifest.")
        one = goal.services[0]
        about = About(
            where=f"gunicorn_apps.{app.name}.app",
            target=goal.app,
            limit=max(1, round(app.health.within)),
            env=f"gunicorn_apps.{app.name}.env or secret_env",
            sandbox=f"gunicorn_apps.{app.name}.sandbox",
            limit_variable=f"gunicorn_apps.{app.name}.health.within",
            configs=tuple(conf_path(app.layout.release(release), service.name) for service in goal.services),
            hooks=f"gunicorn_apps.{app.name}.hooks",
            settings=f"gunicorn_apps.{app.name}.settings",
            worker_classes={service.name: service.worker_class for service in goal.services},
        )
        with stage(f"{app.layout.home}/.stage") as directory:
            return check_import(
                self._runner,
                self._systemd,
                one.unit,
                one.text,
                about,
                f"{goal.venv}/bin/python",
                directory,
                self._secrets.values(),
            )

    def _release_commands(self, app: App, now: Current, manifest: Mapping[str, Any]) -> str:
        inputs = BuildInputs(self._secrets, {}, "", self._context.uv, {}, "")
        builder = Builder(self._runner, inputs, now, self.journal.step)
        builder.run_release_commands(self.declare(app, now).declaration, manifest)
        return f"ran {len(app.release)} of {len(app.release)}"

    def _record(self, app: App, plan: Plan, now: Current, result: str, why: str) -> None:
        manifest = read_manifests(app.layout.releases).get(plan.release or "", {})
        record(
            app.layout,
            {
                "release": plan.release,
                "version": manifest.get("version", ""),
                "previous": now.current,
                "kind": "deploy",
                "result": result,
                "why": why,
                "who": self._options.who,
                "seconds": self.journal.seconds,
            },
        )
