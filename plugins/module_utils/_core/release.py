# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release is named by the digest of all that defines how the app runs; its manifest says what that was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.app import App, Instance
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.digest import digest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.manifest import Manifest, VenvRecord
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.observers import render_observers
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing import Sizing
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.units import Place, service_unit, socket_unit
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.uvicorn_drain import render_drain
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.versions import at_least
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.worker_class import class_of

KEY_FORMAT = 1  # part of every key: another number would make all releases anew
ID_LENGTH = 12
UNKNOWN = "known-after-build"
PKG_RESOURCES = "setuptools<81"  # Gunicorn 20 imports pkg_resources, which later setuptools no longer has


@dataclass(frozen=True)
class Declaration:
    """An app together with what this host and this run add to its declaration.

    `source_id` and `requirements_id` are None where they can only be known once the source has been fetched.
    """

    app: App
    sizings: Mapping[str, Sizing]
    interpreter: str
    worker_tmp_dir: str
    proxy_group: str
    systemd: int
    secrets_id: str
    source_id: Optional[str]
    requirements_id: Optional[str]

    @property
    def venv_key(self) -> Optional[str]:
        """What the installed packages are made from, before anything is resolved."""
        if self.app.source.venv:
            return digest({"path": self.app.source.venv})
        if self.requirements_id is None:
            return None
        return digest(
            {
                "requirements": self.requirements_id,
                "interpreter": self.interpreter,
                "gunicorn": gunicorn_requirements(self.app, self.sizings),
            }
        )

    @property
    def release_key(self) -> Optional[str]:
        """All inputs of the release, before anything is resolved; the same key means there is nothing to do."""
        if self.source_id is None or self.venv_key is None:
            return None
        app = self.app
        place = self.place("{release}", "{source}", "{venv}")
        return digest(
            {
                "format": KEY_FORMAT,
                "source": self.source_id,
                "subdir": app.source.subdir,
                "venv": self.venv_key,
                "target": app.target,
                "env": dict(app.env),
                "secrets": self.secrets_id,
                "build": app.build,
                "release": app.release,
                "sizings": {
                    name: [sizing.worker_class, sizing.workers, sizing.threads, sizing.connections]
                    for name, sizing in self.sizings.items()
                },
                "settings": {instance.name: dict(instance.settings) for instance in app.instances},
                "hooks": app.hooks,
                "added": self._added(),
                "timeouts": {one.name: [one.timeouts.timeout, one.timeouts.graceful] for one in app.instances},
                "units": unit_texts(self, place),
            }
        )

    def _added(self) -> list[str]:
        """What is written into the settings file beside settings; a newer version of it is a change."""
        drains = {render_drain(sizing.worker_class) for sizing in self.sizings.values()}
        return [render_observers(self.app.access_log, self.app.log_memory), *sorted(drains)]

    def build_id(self, venv: str) -> str:
        """Names what build commands make of the source."""
        return digest(
            {
                "source": self.source_id,
                "venv": venv,
                "build": self.app.build,
                "env": dict(self.app.env),
                "secrets": self.secrets_id,
            }
        )

    def process_id(self, source: str, venv: str, gunicorn: str) -> str:
        """Names what a master keeps for as long as it lives: all but the code that its workers load."""
        return digest(
            {
                "units": unit_texts(self, self.place("{release}", source, venv, gunicorn)),
                "settings": {instance.name: dict(instance.settings) for instance in self.app.instances},
                "sizings": {name: [sizing.workers, sizing.threads] for name, sizing in self.sizings.items()},
                "hooks": self.app.hooks,
                "added": self._added(),
                "timeouts": {one.name: [one.timeouts.timeout, one.timeouts.graceful] for one in self.app.instances},
                "env": dict(self.app.env),
                "secrets": self.secrets_id,
                "venv": self.venv_key,
            }
        )

    def place(self, release: str, source: str, venv: str, gunicorn: str = "") -> Place:
        return Place(release, source, venv, self.worker_tmp_dir, self.proxy_group, self.systemd, gunicorn)


def unit_texts(declared: Declaration, place: Place) -> dict[str, str]:
    """The text of every unit of the app, by the unit's name."""
    app = declared.app
    texts = {}
    for instance in app.instances:
        texts[app.layout.unit(instance.name, "socket")] = socket_unit(app, instance, place)
        nofile = declared.sizings[instance.name].nofile
        texts[app.layout.unit(instance.name, "service")] = service_unit(app, instance, place, nofile)
    return texts


def gunicorn_requirements(app: App, sizings: Mapping[str, Sizing]) -> list[str]:
    """Gunicorn itself, with the packages that its worker classes need."""
    kinds = [class_of(sizing.worker_class) for sizing in sizings.values()]
    extras = {*app.extras, *(kind.extra for kind in kinds if kind.extra)}
    others = {kind.package for kind in kinds if kind.package}
    for instance in app.instances:
        if instance.settings.get("proc_name"):
            extras.add("setproctitle")
    if app.gunicorn_version and not at_least(app.gunicorn_version, "21"):
        others.add(PKG_RESOURCES)
    name = "gunicorn" + (f"[{','.join(sorted(extras))}]" if extras else "")
    return [name + (f"=={app.gunicorn_version}" if app.gunicorn_version else ""), *sorted(others)]


def release_id(release_key: str, lock: str, source_digest: str) -> str:
    """The name of the release: what was declared, and what that was resolved to."""
    return digest({"key": release_key, "lock": lock, "source": source_digest})[:ID_LENGTH]


def find_release(manifests: Mapping[str, Manifest], key: Optional[str], current: str) -> Optional[str]:
    """The release that was made from these inputs; the current one where several were."""
    if key is None:
        return None
    matching = [name for name, manifest in manifests.items() if manifest.key == key]
    if current in matching:
        return current
    return max(matching, key=lambda name: manifests[name].created, default=None)


def find_lock(manifests: Mapping[str, Manifest], venv_key: Optional[str], current: str) -> Optional[VenvRecord]:
    """The venv that was resolved from the same requirements; never resolved twice unasked."""
    ordered = sorted(manifests, key=lambda name: (name == current, manifests[name].created), reverse=True)
    for name in ordered:
        venv = manifests[name].venv
        if venv_key is not None and venv.key == venv_key:
            return venv
    return None


def settings_answers(manifests: Mapping[str, Manifest], venv: str) -> dict[str, str]:
    """What the Gunicorn of this very venv has said before of settings, by the digest of what it was asked."""
    return {
        manifest.settings.asked: manifest.settings.answer
        for manifest in manifests.values()
        if manifest.settings.asked and manifest.venv.path == venv
    }


def describe(instance: Instance, sizing: Sizing) -> dict[str, Any]:
    """What an instance runs with and why, for results and manifests."""
    return {
        "bind": instance.bind,
        "tls": instance.tls,
        "worker_class": sizing.worker_class,
        "workers": sizing.workers,
        "threads": sizing.threads,
        "reasons": [*map(str, sizing.reasons), *instance.timeouts.reasons],
    }


def declared_text(declared: Declaration) -> str:
    """The declaration of a release for people: kept in its manifest, and compared in diffs. Secrets by name only."""
    app = declared.app
    about = {
        "app": app.target,
        "source": {app.source.kind: app.source.value, "version": app.source.version, "subdir": app.source.subdir},
        "source_id": declared.source_id or UNKNOWN,
        "requirements": app.requirements,
        "python": declared.interpreter,
        "gunicorn": gunicorn_requirements(app, declared.sizings),
        "hooks": app.hooks,
        "access_log": app.access_log,
        "log_memory": app.log_memory,
        "env": dict(app.env),
        "secret_env": {"names": app.secret_names, "fingerprint": declared.secrets_id},
        "build": app.build,
        "release": app.release,
        "worker_tmp_dir": declared.worker_tmp_dir,
        "instances": {
            instance.name: {
                "bind": instance.bind,
                "workers": declared.sizings[instance.name].workers,
                "worker_class": declared.sizings[instance.name].worker_class,
                "threads": declared.sizings[instance.name].threads,
                "settings": dict(instance.settings),
            }
            for instance in app.instances
        },
    }
    return json.dumps(about, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
