# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What identifies a release: its key (the inputs) and its id (the inputs and what they were resolved to)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App, Instance
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.digest import digest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.requirements import gunicorn_requirements
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.observers import render_observers
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.uvicorn_drain import render_drain
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.units import (
    Place,
    service_unit,
    socket_unit,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import Sizing

KEY_FORMAT = 1  # part of every key: a new number would rebuild every release
ID_LENGTH = 12
UNKNOWN = "known-after-build"


@dataclass(frozen=True)
class Declaration:
    """An app together with what this host and this run add to its declaration.

    `source_id` and `requirements_id` are None while they cannot be known before the source is fetched.
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
    resolvers: tuple[str, ...] = ()

    @property
    def venv_key(self) -> Optional[str]:
        """The digest of everything that decides which packages are installed, before any is resolved."""
        if self.app.source.venv:
            return digest({"path": self.app.source.venv})
        if self.requirements_id is None:
            return None
        return digest(
            {
                "requirements": self.requirements_id,
                "interpreter": self.interpreter,
                "gunicorn": gunicorn_requirements(self.app, self.sizings),
                # Left out if false, so that the keys of releases from before these options stay the same.
                **{name: True for name in ("wheels_only", "require_hashes") if getattr(self.app, name)},
            }
        )

    @property
    def release_key(self) -> Optional[str]:
        """The digest of all inputs of the release, before any is resolved; with the same key there is nothing to do."""
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
                **self._build_opened(),
            }
        )

    def _build_opened(self) -> dict[str, Any]:
        """What the app opens for its build commands; nothing by default, so that keys of earlier versions stay."""
        opened = {"network": self.app.build_network, "secrets": list(self.app.build_secrets)}
        return {"build_opened": opened} if any(opened.values()) else {}

    def _added(self) -> list[str]:
        """The code that is written into gunicorn.conf.py in addition to settings; a newer version of it is a change."""
        drains = {render_drain(sizing.worker_class) for sizing in self.sizings.values()}
        return [render_observers(self.app.access_log, self.app.log_memory), *sorted(drains)]

    def build_id(self, venv: str) -> str:
        """Return the name of the layer that the build commands produce from the source."""
        return digest(
            {
                "source": self.source_id,
                "venv": venv,
                "build": self.app.build,
                "env": dict(self.app.env),
                "secrets": self.secrets_id,
                **self._build_opened(),
            }
        )

    def process_id(self, source: str, venv: str, gunicorn: str) -> str:
        """Return a digest of what a master keeps as long as it runs: everything but the code that its workers load."""
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
        return Place(
            release, source, venv, self.worker_tmp_dir, self.proxy_group, self.systemd, gunicorn, self.resolvers
        )


def unit_texts(declared: Declaration, place: Place) -> dict[str, str]:
    """Return the text of every unit of the app, by the unit's name."""
    app = declared.app
    texts = {}
    for instance in app.instances:
        texts[app.layout.unit(instance.name, "socket")] = socket_unit(app, instance, place)
        sizing = declared.sizings[instance.name]
        texts[app.layout.unit(instance.name, "service")] = service_unit(app, instance, place, sizing)
    return texts


def release_id(release_key: str, lock: str, source_digest: str) -> str:
    """Return the id of the release, derived from what was declared and what that was resolved to."""
    return digest({"key": release_key, "lock": lock, "source": source_digest})[:ID_LENGTH]


def describe(instance: Instance, sizing: Sizing) -> dict[str, Any]:
    """Describe what an instance runs with and why, for results and manifests."""
    return {
        "bind": instance.bind,
        "tls": instance.tls,
        "worker_class": sizing.worker_class,
        "workers": sizing.workers,
        "threads": sizing.threads,
        "reasons": [*map(str, sizing.reasons), *instance.timeouts.reasons],
    }


def declared_text(declared: Declaration) -> str:
    """Render the declaration for people, for the manifest and for diffs. Secrets appear by name only."""
    app = declared.app
    about = {
        "app": app.target,
        "source": {app.source.kind: app.source.value, "version": app.source.version, "subdir": app.source.subdir},
        "source_id": declared.source_id or UNKNOWN,
        "requirements": app.requirements,
        "python": declared.interpreter,
        "gunicorn": gunicorn_requirements(app, declared.sizings),
        "wheels_only": app.wheels_only,
        "require_hashes": app.require_hashes,
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


def requirements_for(declared: Declaration) -> str:
    """Return the key by which a manifest's requirements are found again after the source itself was pruned."""
    app = declared.app
    return digest({"source": declared.source_id, "file": app.requirements, "subdir": app.source.subdir})
