# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build a release: source, virtual environment, checked settings, files. Running processes are not touched."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.environment import (
    CREDENTIALS,
    expand,
    with_release,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import DesiredFile
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import conf_path, credential_path
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.versions import at_least
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.commands import missing_in_build
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.digest import digest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.lock_file import pinned_version
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.requirements import (
    PKG_RESOURCES,
    Requirements,
    gunicorn_requirements,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.observers import render_observers
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.uvicorn_drain import render_drain
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.current import AppState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.declaration import (
    Declaration,
    declared_text,
    describe,
    release_id,
    requirements_for,
    unit_texts,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.gunicorn_conf import (
    compose,
    render,
    render_hooks,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import (
    RESOLVED,
    InstanceRecord,
    Manifest,
    SourceRecord,
    VenvRecord,
    find_lock,
    settings_answers,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.environment_file import render_environment
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.layer import build_layer
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.sources import copy, fetch, wheel_name
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.venv import Installer, Pip, Uv, clean_cache
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.checks.settings_check import (
    Gunicorn,
    check_settings,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import MANIFEST, Store
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.tree import record_tree
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.clock import now
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import sync_directory, write_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.ownership import give
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.trees import remove_tree
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.build_unit import Accounts, BuildUnit


@dataclass(frozen=True)
class BuildInputs:
    """What a build needs besides the declaration. Secrets are only here."""

    secrets: Mapping[str, str]
    resolved: Mapping[str, Any]
    upload: str
    uv: bool
    installer_env: Mapping[str, str]
    version: str


class Builder:
    def __init__(
        self,
        runner: Runner,
        inputs: BuildInputs,
        now: AppState,
        store: Store,
        step: Callable[[str], Any],
    ) -> None:
        self._runner = runner
        self._inputs = inputs
        self._now = now
        self._store = store
        self._step = step

    def fetch(self, declared: Declaration) -> str:
        """Make the source layer and return its path; '' if the app is installed from packages.

        Raise HostError if the source cannot be fetched.
        """
        app = declared.app
        if app.source.kind == "packages":
            return ""
        if app.source.kind == "path":
            return str(self._inputs.resolved["path"])
        if declared.source_id is None:
            raise HostError(f"gunicorn_apps.{app.name}.source: it could not be resolved to a commit.")
        path = self._now.usable_path(app.layout.source(declared.source_id))

        with self._step("source"), self._unit(declared) as unit:
            build_layer(
                path,
                lambda directory: fetch(
                    unit, app, declared.interpreter, self._inputs.resolved, self._inputs.upload, directory
                ),
                source=app.source.value,
            )
        return path

    @contextlib.contextmanager
    def _unit(self, declared: Declaration) -> Iterator[BuildUnit]:
        """Provide the app's build unit. It sees the sources and environments of this app, and of no other."""
        app, layout = declared.app, declared.app.layout
        own = (self._inputs.resolved.get("path"), app.source.venv)
        readable = [layout.sources, layout.venvs, *(path for path in own if path)]
        builds = Accounts(layout.build_user)
        unit = BuildUnit(self._runner, layout.build_unit, builds, layout.stage, readable, declared.resolvers)
        unit.clear()
        try:
            yield unit
        finally:
            unit.close()

    def build(self, declared: Declaration, requirements: Requirements, raw: str, upgrade: bool) -> str:
        """Build everything and return the id of the release. Raise HostError if a part of it cannot be built."""
        app = declared.app
        with self._unit(declared) as unit:
            venv = self._venv(declared, unit, requirements, raw, upgrade)
            with self._step("settings"):
                # A venv that others manage may have changed since.
                known = {} if app.source.venv else settings_answers(self._now.manifests, venv.path)
                # Only the service's user is known to have access to an environment that others manage.
                asked = unit.as_user(app.user) if app.source.venv else unit
                gunicorn = check_settings(asked, venv.path, declared, _project(app.source.subdir, raw), known)
            venv = venv._replace(gunicorn=gunicorn.version)
            source = self._source(declared, unit, raw, venv)
            with self._step("release"):
                return self._release(declared, raw, source, venv, gunicorn)

    def run_release_commands(self, declared: Declaration, manifest: Manifest) -> None:
        """Run them in the release's source, with write access to `shared/`. Raise HostError if one fails."""
        app = declared.app
        if not app.release:
            return
        with self._unit(declared) as unit:
            env = self.environment(declared, manifest.source.root, manifest.venv.path, self._inputs.secrets)
            for position, command in enumerate(app.release):
                # They work on the app's data, so they have the service's user, its network and its sockets.
                self._command(
                    declared,
                    unit,
                    "release",
                    position,
                    command,
                    source=manifest.source.root,
                    venv=manifest.venv.path,
                    writable=[app.layout.shared],
                    env=env,
                    network=True,
                    egress=app.egress,
                    sockets=True,
                    accounts=Accounts(app.user),
                    opened=[(one["directive"], one["value"]) for one in app.sandbox],
                )

    def _installer(self, declared: Declaration, unit: BuildUnit) -> Installer:
        cache = clean_cache(declared.app.layout, unit.user)
        kind = Uv if self._inputs.uv else Pip
        return kind(unit, declared.interpreter, cache, self._inputs.installer_env, declared.app)

    def _venv(
        self, declared: Declaration, unit: BuildUnit, requirements: Requirements, raw: str, upgrade: bool
    ) -> VenvRecord:
        app, layout = declared.app, declared.app.layout
        if app.source.venv:
            return VenvRecord(path=app.source.venv, key=declared.venv_key or "")
        known = None if upgrade else find_lock(self._now.manifests, declared.venv_key, self._now.current)
        lock = known.lock if known else self.resolve(declared, unit, requirements, raw)
        name = digest({"key": declared.venv_key, "lock": lock})
        path = self._now.usable_path(layout.venv(name))

        def install(directory: str) -> None:
            give(directory, unit.user)
            self._installer(declared, unit).install(lock, directory)

        with self._step("venv"):
            build_layer(path, install, gunicorn=pinned_version(lock, "gunicorn"))
        return VenvRecord(path=path, key=declared.venv_key or "", lock=lock, digest=name)

    def resolve(self, declared: Declaration, unit: BuildUnit, requirements: Requirements, raw: str) -> str:
        """Return the lock for the requirements and Gunicorn; its packages may be newer than those of earlier locks."""
        app = declared.app
        wheel = ""
        if app.source.is_wheel:
            wheel = f"{raw}/{wheel_name(app.source)}"
        with self._step("resolve"):
            installer = self._installer(declared, unit)
            directory = self._requirements_directory(declared, unit, requirements, raw) if raw and not wheel else "/"
            gunicorn = gunicorn_requirements(app, declared.sizings)
            lock = installer.resolve(requirements, gunicorn, wheel, directory)
            pinned = pinned_version(lock, "gunicorn")
            if pinned and not at_least(pinned, "21") and PKG_RESOURCES not in gunicorn:  # pinned by the app's own files
                lock = installer.resolve(requirements, [*gunicorn, PKG_RESOURCES], wheel, directory)
            return lock

    def resolve_again(self, declared: Declaration, requirements: Requirements, raw: str) -> str:
        """Return the lock that the package index yields today, for `upgrade`."""
        with self._unit(declared) as unit:
            return self.resolve(declared, unit, requirements, raw)

    def _requirements_directory(
        self, declared: Declaration, unit: BuildUnit, requirements: Requirements, raw: str
    ) -> str:
        """Return where the requirements files are; a copy if the build user must write there, or may not read it."""
        app = declared.app
        if requirements.kind != "pyproject" and app.source.kind != "path":
            return _project(app.source.subdir, raw)
        project = unit.directory("project")
        self._copy(declared, unit, raw, project, drop_links=True)  # the installer needs none of them
        return _project(app.source.subdir, project)

    def _copy(
        self, declared: Declaration, unit: BuildUnit, source: str, directory: str, drop_links: bool = False
    ) -> None:
        app = declared.app
        reader = app.user if app.source.kind == "path" else ""
        copy(unit, f"gunicorn_apps.{app.name}.source", declared.interpreter, source, directory, reader, drop_links)

    def _source(self, declared: Declaration, unit: BuildUnit, raw: str, venv: VenvRecord) -> str:
        """Return the source of the service; with build commands, a separate copy that they may write to."""
        app, layout = declared.app, declared.app.layout
        plain = "" if app.source.is_wheel else raw
        if not app.build:
            return plain
        path = self._now.usable_path(layout.source(declared.build_id(venv.path)))

        secrets = {name: value for name, value in self._inputs.secrets.items() if name in app.build_secrets}

        def build(directory: str) -> None:
            self._copy(declared, unit, plain, directory) if plain else give(directory, unit.user)
            env = {"HOME": unit.directory("home"), **self.environment(declared, directory, venv.path, secrets)}
            for position, command in enumerate(app.build):
                self._command(
                    declared,
                    unit,
                    "build",
                    position,
                    command,
                    source=directory,
                    venv=venv.path,
                    writable=[directory],
                    env=env,
                    network=app.build_network,
                )

        with self._step("build"):
            build_layer(path, build, commands=list(app.build))
        return path

    def _command(
        self,
        declared: Declaration,
        unit: BuildUnit,
        kind: str,
        position: int,
        command: str,
        *,
        source: str,
        venv: str,
        writable: Sequence[str],
        env: Mapping[str, str],
        network: bool,
        **options: Any,
    ) -> None:
        app = declared.app
        script = unit.file("command.sh", command + "\n")
        try:
            unit.run(
                ["/bin/sh", "-e", script],
                cause=f"gunicorn_apps.{app.name}.{kind}[{position}]: `{command}` failed.",
                directory=_project(app.source.subdir, source) or (app.layout.shared if kind == "release" else "/"),
                writable=writable,
                env=env,
                path=f"{venv}/bin",
                network=network,
                **options,
            )
        except HostError as exc:
            left_out = [name for name in app.secret_names if name not in env]
            hints = missing_in_build(app.name, network, left_out)
            raise HostError(exc.cause, "\n".join([exc.evidence, *hints])) from exc

    def environment(self, declared: Declaration, source: str, venv: str, secrets: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of the service and of release commands; build commands get fewer secrets."""
        app = declared.app
        places = {"src": source, "shared": app.layout.shared, "venv": venv}
        env = expand({**app.env, **secrets}, places)
        env.setdefault("PATH", f"{venv}/bin:/usr/local/bin:/usr/bin:/bin")
        project = _project(app.source.subdir, source)
        if source and os.path.isdir(f"{project}/src"):
            env["PYTHONPATH"] = ":".join(part for part in (f"{project}/src", env.get("PYTHONPATH", "")) if part)
        return env

    def _release(self, declared: Declaration, raw: str, source: str, venv: VenvRecord, gunicorn: Gunicorn) -> str:
        app, layout = declared.app, declared.app.layout
        key = declared.release_key
        if key is None:
            raise HostError("the inputs of the release could not be determined.")
        identifier = release_id(key, f"{venv.lock}{venv.path}", source)
        while layout.release(identifier) in self._now.damaged or identifier in self._now.unusable:
            identifier = release_id(key, identifier, source)
        final = layout.release(identifier)
        if os.path.exists(f"{final}/{MANIFEST}"):
            return identifier  # the same inputs produced it before; only one of its layers had to be rebuilt
        working = _project(app.source.subdir, source) if source else final
        aside = f"{layout.releases}/.{identifier}.tmp"
        for leftover in (aside, final):
            remove_tree(leftover)
        os.makedirs(aside, mode=0o755)
        instances = {}
        for instance in app.instances:
            sizing = declared.sizings[instance.name]
            settings = compose(app, instance, sizing, declared.worker_tmp_dir, venv.gunicorn)
            title = f"Gunicorn settings of {app.name} ({instance.name}), release {identifier}"
            text = render(title, settings, gunicorn.sections)
            text += render_drain(sizing.worker_class)
            text += render_hooks(f"{working}/{app.hooks}", gunicorn.hooks) if app.hooks else ""
            text += render_observers(app.access_log, app.log_memory)
            write_file(DesiredFile(conf_path(aside, instance.name), text, 0o640, "root", app.user))
            about = describe(instance, sizing)
            instances[instance.name] = InstanceRecord(**{**about, "reasons": tuple(about["reasons"])})
        for unit, text in unit_texts(declared, declared.place(final, working, venv.path, venv.gunicorn)).items():
            write_file(DesiredFile(f"{aside}/units/{unit}", text))
        env = self.environment(declared, source, venv.path, self._inputs.secrets)
        if app.secrets_in == CREDENTIALS:  # systemd copies them from here to where only the service can read them
            for name in app.secret_names:
                write_file(DesiredFile(credential_path(aside, name), env.pop(name), 0o600))
        write_file(DesiredFile(f"{aside}/env", render_environment(with_release(env, identifier)), 0o600))
        if source:
            os.symlink(source, f"{aside}/src")
        os.symlink(venv.path, f"{aside}/venv")
        manifest = Manifest(
            id=identifier,
            key=key,
            app=app.target,
            created=now(),
            version=self._inputs.version,
            source=SourceRecord(
                **{name: value for name, value in self._inputs.resolved.items() if name in RESOLVED},
                id=declared.source_id or "",
                kind=app.source.kind,
                value=app.source.value,
                root=source,
                path=working,
            ),
            process=declared.process_id(working, venv.path, venv.gunicorn),
            preload=any(instance.settings.get("preload_app") for instance in app.instances),
            settings=gunicorn.answer,
            requirements_for=requirements_for(declared),
            requirements_id=declared.requirements_id,
            venv=venv,
            layers=tuple(path for path in (final, raw, source, venv.path) if path),
            instances=instances,
            declared=declared_text(declared),
            health=app.health,
            env=app.env,
            secret_env=tuple(app.secret_names),
            files=record_tree(aside),
        )
        write_file(DesiredFile(f"{aside}/{MANIFEST}", manifest.to_json(), 0o600))
        os.rename(aside, final)
        sync_directory(layout.releases)
        self._store.add(identifier, manifest)
        return identifier


def _project(subdir: str, source: str) -> str:
    return f"{source}/{subdir}" if source and subdir else source
