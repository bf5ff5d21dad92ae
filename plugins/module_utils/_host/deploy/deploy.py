# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deploy one app: build a release, switch to it in one transaction, and record that in the history."""

from __future__ import annotations

import contextlib
import os
import secrets as random_bytes
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, as_host_error
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import conf_path
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.scrub import scrub
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import show_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.import_report import About
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy import steps
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan import Plan
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan_app import plan_absent_app, plan_app
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.strategy import Choice
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.build_env import (
    secrets_of as installer_secrets,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.current import AppState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.declaration import Declaration
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import NO_RELEASE, Manifest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.worker_memory import (
    measured,
    needed,
    settled,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import Sizing
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.runtime_units import CANARY, CHECK
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.build import Builder, BuildInputs
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.checks.import_check import check_import, stage
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.absent import remove_app
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.declare import (
    Context,
    Declared,
    declare,
    sizes,
    with_sizings,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.journal import Journal
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.lock import deploy_lock
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.look import look
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.switch import switch
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.master_notes import (
    RESTARTED_FOR,
    remember,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.history import record
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.prune import prune
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import Store, secrets_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.users import (
    create_build_user,
    create_group,
    create_user,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.runtime_units import RuntimeUnits, of_kind
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd


@dataclass(frozen=True)
class DeployOptions:
    """The options of a deploy that are not part of the declaration."""

    installer_env: Mapping[str, str]
    who: str
    lock_wait: float = 0.0
    release_commands: bool = True


class Resized(steps.StartOver):
    """The import took so much or so little memory that a different number of workers fits."""

    verdict = "a different worker count fits; retrying with it"

    def __init__(self, sizings: Mapping[str, Sizing]) -> None:
        self.sizings = sizings
        super().__init__(self.verdict)


class Deploy:
    """The deploy of one app in one run."""

    def __init__(
        self,
        runner: Runner,
        context: Context,
        store: Store,
        secrets: Mapping[str, str],
        local_source: Mapping[str, Any],
        options: DeployOptions,
    ) -> None:
        self._runner = runner
        self._systemd = Systemd(runner)
        self._context = context
        self.store = store  # it reads nothing before the lock is taken
        self._secrets = secrets
        self._local_source = local_source
        self._options = options
        self.journal = Journal()
        self.release = ""
        self.choice: Optional[Choice] = None
        self.imported: Mapping[str, Any] = {}
        self.declared: Optional[Declared] = None
        self._identity: Optional[tuple[Optional[str], dict[str, Any]]] = None
        self._memory = 0  # bytes per worker, as measured in this run

    def _look(self, app: App) -> AppState:
        return look(self._systemd, [app], {app.name: self.store})[app.name]

    def _declare(self, app: App, now: AppState) -> Declared:
        declared = self.declared = declare(
            self._context, self._runner, app, now, self._secrets, self._local_source, self._identity, self._memory
        )
        if declared.declaration.source_id is not None:
            self._identity = declared.declaration.source_id, dict(declared.resolved)
        return declared

    def converge(self, app: App, now: AppState, plan: Plan, upload: str) -> Plan:
        """Carry out the plan and return the final one, which names the release.

        `upload` is the path of a source that was copied from the controller. Raise HostError if a step fails.
        """
        if app.state == "absent":
            with self._lock(app) if os.path.isdir(app.layout.home) else contextlib.nullcontext():
                plan = plan_absent_app(app, self._look(app))
                remove_app(self._systemd, self._runner, app, plan)
            return plan
        if plan.create_user:
            create_user(self._runner, app.user, app.layout.shared)
        create_group(self._runner, self._context.proxy_group)
        self._make_home(app)
        with self._lock(app) as tell:
            self.journal.tell = tell
            # The plan was made without the lock; another run may have finished in the meantime.
            now = self._look(app)
            declared = self._declare(app, now)
            final = plan = plan_app(declared.declaration, now)
            try:
                RuntimeUnits(self._systemd, app.name).remove(of_kind(now.leftovers, CHECK, CANARY))
                final, declared = self._build(app, now, plan, declared, upload)
                try:
                    self._switch(app, now, final, declared)
                except Resized as exc:
                    if plan.add_release:
                        self.store.remove(final.release or "")
                    now = self._look(app)
                    declared = self.declared = with_sizings(declared, exc.sizings)
                    plan = plan_app(declared.declaration, now)
                    final, declared = self._build(app, now, plan, declared, upload)
                    self._switch(app, now, final, declared)
            except Exception as exc:
                failure = as_host_error(exc)
                with contextlib.suppress(Exception):  # if recording fails too, report the original failure
                    why = scrub(failure.cause, self.hidden(app))
                    self._record(app, final, now, "failed", why)
                    self.store.mark_failed(final.release, now.current, why)
                raise
            if any(final.fixes.values()):
                self._remember_unfixable(app, declared)
            if final.finish:
                self._record(app, final, now, "live", "")
                self.store.mark_good(final.release)
                for name in set(now.manifests) - set(now.sound):
                    why = "files of it were changed on this host"
                    self.store.mark_failed(name, final.release or "", why, now.damaged)
            with self.journal.step("prune"):
                prune(self.store, app.keep_releases)
        return final

    def hidden(self, app: App) -> list[str]:
        """Return the secrets that may appear in a text about a failure: also those of releases that run until now."""
        installer = installer_secrets(self._options.installer_env)
        return [*self._secrets.values(), *installer, *secrets_of(app.layout)]

    def _lock(self, app: App) -> contextlib.AbstractContextManager[Callable[[str], None]]:
        return deploy_lock(app.layout.lock, self._options.who, self._options.lock_wait)

    def _make_home(self, app: App) -> None:
        layout = app.layout
        # systemd hides from a service only what exists when it starts, and nginx may be installed after the apps.
        os.makedirs("/etc/nginx", mode=0o755, exist_ok=True)
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

    def _build(self, app: App, now: AppState, plan: Plan, declared: Declared, upload: str) -> tuple[Plan, Declared]:
        if not plan.add_release and not app.upgrade:
            return plan, declared
        inputs = BuildInputs(
            secrets=self._secrets,
            resolved=declared.resolved,
            upload=upload,
            uv=self._context.uv,
            installer_env=self._options.installer_env,
            version=app.source.version or self._local_source.get("version", ""),
        )
        create_build_user(self._runner, app.layout.build_user, app.layout.build_home)
        builder = Builder(self._runner, inputs, now, self.store, self.journal.step)
        raw = builder.fetch(declared.declaration)
        if declared.requirements is None:
            declared = self._declare(app, now)  # now that the source is here, its requirements can be read
        if declared.requirements is None:
            raise HostError("the source was fetched, but its requirements cannot be read.")
        upgrade = app.upgrade
        if upgrade and not plan.add_release:
            fresh = builder.resolve_again(declared.declaration, declared.requirements, raw)
            if fresh == now.manifests[plan.release or ""].venv.lock:
                return plan, declared
        built = builder.build(declared.declaration, declared.requirements, raw, upgrade)
        return plan_app(declared.declaration, self._look(app), built=built), declared

    def _switch(self, app: App, now: AppState, plan: Plan, declared: Declared) -> None:
        self.release = plan.release or ""
        manifest = self.store.manifests.get(self.release, NO_RELEASE)
        actions: dict[str, Callable[[], str]] = {
            steps.CHECK: lambda: self._check(app, now, self.release, declared.declaration)
        }
        if app.release and self._options.release_commands:
            actions[steps.COMMANDS] = lambda: self._release_commands(declared.declaration, now, manifest)
        choice = switch(self._systemd, self.store, now, plan, app.strategy, actions, self.journal, app.health)
        if plan.activate:
            self.choice = choice

    def _check(self, app: App, now: AppState, release: str, declared: Declaration) -> str:
        """Import the app. Raise Resized if a different number of workers fits the memory that this took."""
        again = bool(self.imported)
        if not again:
            self.imported = self._import(app, release)
            took = needed(self.imported["memory_bytes"])
            self._memory = settled(measured(now.manifests, now.current), took)
            sizings = sizes(self._context, app, self._memory)
            if any(sizings[name].workers != before.workers for name, before in declared.sizings.items()):
                raise Resized(sizings)
        self.store.mark_checked(release, {**self.imported, "worker_memory": self._memory})
        seen = f"{self.imported['kind']} app, imported in {self.imported['seconds']:.2f} s"
        return f"{seen}, {show_size(self.imported['memory_bytes'])}{', as before' * again}"

    def _remember_unfixable(self, app: App, declared: Declared) -> None:
        """Remember the differences that a restart did not remove, so that no later run restarts because of them."""
        now = self._look(app)
        for name, subjects in plan_app(declared.declaration, now).fixes.items():
            master = int(now.units[app.layout.unit(name, "service")].get("MainPID") or 0)
            if subjects and master:
                remember(app.layout, name, master, RESTARTED_FOR, list(subjects))

    def _import(self, app: App, release: str) -> dict[str, Any]:
        goal = self.store.release(release)
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
        with stage(app.layout.stage) as directory:
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

    def _release_commands(self, declared: Declaration, now: AppState, manifest: Manifest) -> str:
        resolved = self.declared.resolved if self.declared else {}
        inputs = BuildInputs(self._secrets, resolved, "", self._context.uv, {}, "")
        builder = Builder(self._runner, inputs, now, self.store, self.journal.step)
        builder.run_release_commands(declared, manifest)
        return f"ran {len(declared.app.release)} of {len(declared.app.release)}"

    def _record(self, app: App, plan: Plan, now: AppState, result: str, why: str) -> None:
        manifest = self.store.manifests.get(plan.release or "", NO_RELEASE)
        record(
            app.layout,
            {
                "release": plan.release,
                "version": manifest.version,
                "previous": now.current,
                "kind": "deploy",
                "result": result,
                "why": why,
                "who": self._options.who,
                "seconds": self.journal.seconds,
            },
        )
