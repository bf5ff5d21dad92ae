# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring one app to its plan: build aside, switch, prove, put back on failure."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets as random_bytes
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.app import App, Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.app_plan import (
    Current,
    Plan,
    plan_app,
    plan_units,
    running_releases,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.layout import RUN
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.prune import layers_to_prune, releases_to_prune
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build import Builder, BuildInputs
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.declare import Context, Declared, declare
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.files import (
    apply_changes,
    replace_symlink,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.health import wait_healthy
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.layers import complete_layers, remove_layer
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.look import (
    look,
    read_manifests,
    read_units,
    unit_files,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.process import paths_in_use
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd import Systemd
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.users import create_group, create_user, remove_user


@dataclass(frozen=True)
class Options:
    """What a deploy is told beside the declaration."""

    upload: str
    installer_env: Mapping[str, str]
    who: str


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
        self.seconds: dict[str, float] = {}

    def declare(self, app: App, now: Current) -> Declared:
        return declare(self._context, self._runner, app, now, self._secrets, self._given)

    def converge(self, app: App, now: Current, plan: Plan) -> Plan:
        """Carry the plan out and return what it came to, with the release now known."""
        if app.state == "absent":
            with self._lock(app) if os.path.isdir(app.layout.home) else contextlib.nullcontext():
                self._remove(app, plan)
            return plan
        if plan.create_user:
            create_user(self._runner, app.user, app.layout.shared)
        create_group(self._runner, self._context.proxy_group)
        self._make_home(app)
        with self._lock(app):
            # What was planned was seen before the lock; another run may have finished in between.
            now = look(self._systemd, [app])[app.name]
            final = plan = plan_app(self.declare(app, now).declaration, now)
            try:
                final = self._build(app, now, plan)
                self._switch(app, now, final)
            except (HostError, OSError) as exc:
                self._record(app, final, now, "failed", exc.cause if isinstance(exc, HostError) else str(exc))
                raise
            if final.finish:
                self._record(app, final, now, "live", "")
            self._prune(app)
        return final

    @contextlib.contextmanager
    def _step(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0) + time.monotonic() - started, 3)

    @contextlib.contextmanager
    def _lock(self, app: App) -> Iterator[None]:
        with open(os.open(app.layout.lock, os.O_RDWR | os.O_CREAT, 0o600), "w", encoding="utf-8") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as exc:
                raise HostError("another deploy of this app is running; this one did nothing.") from exc
            yield

    def _make_home(self, app: App) -> None:
        layout = app.layout
        for directory in (layout.home, layout.releases, layout.sources, layout.venvs):
            os.makedirs(directory, mode=0o755, exist_ok=True)
        if not os.path.exists(layout.salt):
            descriptor = os.open(layout.salt, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(random_bytes.token_bytes(32))
        if not os.path.isdir(layout.shared):
            os.makedirs(layout.shared, mode=0o751)
            os.chmod(layout.shared, 0o751)
            shutil.chown(layout.shared, app.user, app.user)

    def _build(self, app: App, now: Current, plan: Plan) -> Plan:
        if not plan.add_release and not app.upgrade:
            return plan
        declared = self.declare(app, now)
        inputs = BuildInputs(
            secrets=self._secrets,
            resolved=declared.resolved,
            upload=self._options.upload,
            uv=self._context.uv,
            installer_env=self._options.installer_env,
            version=app.source.version or self._given.get("version", ""),
        )
        builder = Builder(self._runner, inputs, now.manifests, now.current, self._step)
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
        """Units, processes, proof, `current`: all of it or nothing."""
        if not (plan.files or plan.enable or plan.activate or plan.start_sockets or plan.finish or plan.remove_units):
            return
        since = f"@{time.time():.6f}"
        layout = app.layout
        manifest = read_manifests(layout.releases).get(plan.release or "", {})
        if plan.finish:
            self._release_commands(app, now, manifest)
        services = {name: layout.unit(name, "service") for name in plan.activate}
        try:
            with self._step("switch"):
                self._stop(plan.remove_units)
                apply_changes(plan.files)
                self._systemd.daemon_reload()
                if plan.enable:
                    self._systemd.do("enable", *plan.enable)
                for socket in plan.renew_sockets:
                    self._systemd.do("stop", socket.replace(".socket", ".service"))
                    self._systemd.do("restart", socket)
                if plan.start_sockets:
                    self._systemd.do("start", *plan.start_sockets)
                if services:
                    self._systemd.do("restart", *services.values())
            with self._step("verify"):
                binds = {one.name: one.bind for one in app.instances if one.name in plan.activate}
                self._verify(app, binds, app.health)
            if plan.finish:
                replace_symlink(layout.current, f"releases/{plan.release}")
        except (HostError, OSError) as exc:
            cause, evidence = (exc.cause, exc.evidence) if isinstance(exc, HostError) else (str(exc), "")
            evidence = f"{evidence}\n{self._systemd.journal(list(services.values()), since)}"
            raise HostError(cause, evidence, self._put_back(app, now)) from exc

    def _release_commands(self, app: App, now: Current, manifest: Mapping[str, Any]) -> None:
        inputs = BuildInputs(self._secrets, {}, "", self._context.uv, {}, "")
        builder = Builder(self._runner, inputs, now.manifests, now.current, self._step)
        builder.run_release_commands(self.declare(app, now).declaration, manifest)

    def _stop(self, units: Sequence[str]) -> None:
        for unit in sorted(units, reverse=True):  # sockets first, so that they do not start the service again
            self._systemd.do("stop", unit)
            self._systemd.do("disable", unit)

    def _verify(self, app: App, binds: Mapping[str, str], health: Health) -> None:
        for instance, bind in binds.items():
            unit = app.layout.unit(instance, "service")
            answer = wait_healthy(bind, health, partial(self._hopeless, unit))
            if not answer.healthy:
                raise HostError(f"the new workers of '{instance}' are not healthy.", answer.seen)

    def _hopeless(self, unit: str) -> str:
        """Gunicorn reports readiness before its workers boot; a master that has died since then will die again."""
        state = self._systemd.show([unit], ["ActiveState", "SubState", "NRestarts"])[unit]
        died = state.get("SubState") == "auto-restart" or int(state.get("NRestarts") or 0) > 0
        return f"{unit} died while it started" if died or state.get("ActiveState") == "failed" else ""

    def _put_back(self, app: App, now: Current) -> str:
        """Return to the release that `current` names, whatever the units on disk say by now; prove it, and say so."""
        back = next((name for name in (now.current, *running_releases(now)) if name in now.manifests), "")
        manifest = now.manifests.get(back)
        texts = read_units(app.layout.release(back)) if manifest else {}
        found = unit_files(app)
        changes = plan_units(texts, found)
        gone = sorted((path.rpartition("/")[2] for path in found if path.rpartition("/")[2] not in texts), reverse=True)
        self._stop(gone)
        apply_changes(changes)
        self._systemd.daemon_reload()
        if manifest is None:
            return f"There was no earlier release of {app.name}; its units were taken away again."
        services = [unit for unit in texts if unit.endswith(".service")]
        for change in changes:
            socket = change.path.rpartition("/")[2]
            if socket in texts and socket.endswith(".socket"):
                self._systemd.do("stop", socket.replace(".socket", ".service"))
                self._systemd.do("restart", socket)
        self._systemd.do("enable", *texts)
        self._systemd.do("restart", *services)
        binds = {name: instance["bind"] for name, instance in manifest["instances"].items()}
        try:
            self._verify(app, binds, Health(**manifest["health"]))
        except HostError as exc:
            return f"Release {back} was put back, but it is not healthy either: {exc.evidence}"
        return f"Release {back} was put back and answers again."

    def _record(self, app: App, plan: Plan, now: Current, result: str, why: str) -> None:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "release": plan.release,
            "previous": now.current,
            "result": result,
            "why": why,
            "who": self._options.who,
            "seconds": self.seconds,
        }
        with open(app.layout.history, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, sort_keys=True) + "\n")

    def _prune(self, app: App) -> None:
        layout = app.layout
        manifests = read_manifests(layout.releases)
        current = os.readlink(layout.current).rpartition("/")[2] if os.path.islink(layout.current) else ""
        used = paths_in_use(layout.home)
        running = {
            path[len(layout.releases) + 1 :].split("/")[0] for path in used if path.startswith(layout.releases + "/")
        }
        doomed = releases_to_prune(manifests, current, app.keep_releases, running)
        kept = set(manifests) - set(doomed)
        halves = [name for name in os.listdir(layout.releases) if name.startswith(".")]
        for name in (*doomed, *halves):
            shutil.rmtree(layout.release(name))
        for parent in (layout.sources, layout.venvs):
            complete = complete_layers(parent)
            found = complete | {f"{parent}/{name}" for name in os.listdir(parent) if not name.endswith(".complete")}
            for layer in layers_to_prune(found, manifests, kept, used):
                remove_layer(layer)

    def _remove(self, app: App, plan: Plan) -> None:
        self._stop(plan.remove_units)
        apply_changes(plan.files)
        if plan.remove_units:
            self._systemd.daemon_reload()
        layout = app.layout
        with contextlib.suppress(OSError):
            os.rmdir(f"{RUN}/{app.name}")
        if plan.remove_home and os.path.isdir(layout.home):
            for name in os.listdir(layout.home):
                path = f"{layout.home}/{name}"
                if path == layout.shared and not plan.purge:
                    continue
                shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
            if not os.listdir(layout.home):
                os.rmdir(layout.home)
        if plan.remove_user:
            remove_user(self._runner, app.user)
