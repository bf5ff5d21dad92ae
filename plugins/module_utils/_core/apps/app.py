# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An app as declared, as one checked value. Everything else reads this value, never the raw options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Union

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps import timeouts
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.source import Source
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.setting_rules import Facts
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.sizing import PROFILES


@dataclass(frozen=True)
class StaticRoute:
    url: str
    path: str


@dataclass(frozen=True)
class Instance:
    """One kind of worker of an app, behind a socket of its own."""

    name: str
    profile: str
    settings: Mapping[str, Any]
    routes: tuple[str, ...]
    bind: str
    timeouts: timeouts.Timeouts
    own: frozenset[str] = frozenset()  # the names that are declared at the instance and not at the app

    def variable(self, app: str, setting: str) -> str:
        """Where the user has declared a setting, or would."""
        place = f".instances.{self.name}" if setting in self.own else ""
        return f"gunicorn_apps.{app}{place}.settings.{setting}"

    def facts(self, worker_class: str, gunicorn: str, somaxconn: int = 0) -> Facts:
        return Facts(self.settings, worker_class, gunicorn, self.bind, somaxconn)

    @property
    def worker_class(self) -> str:
        """The class that is declared, or that of the profile."""
        return str(self.settings.get("worker_class") or PROFILES[self.profile].worker_class)

    @property
    def tls(self) -> bool:
        """Whether Gunicorn itself speaks TLS; either setting makes it do so."""
        return bool(self.settings.get("certfile") or self.settings.get("keyfile"))


@dataclass(frozen=True)
class App:
    name: str
    state: str
    purge: bool
    target: str
    source: Source
    requirements: Union[str, tuple[str, ...], None]
    python: str
    gunicorn_version: str
    extras: tuple[str, ...]
    upgrade: bool
    hooks: str
    access_log: str
    log_memory: bool
    env: Mapping[str, str]
    secret_names: tuple[str, ...]
    build: tuple[str, ...]
    release: tuple[str, ...]
    strategy: str
    instances: tuple[Instance, ...]
    server_name: tuple[str, ...]
    static: tuple[StaticRoute, ...]
    health: Health
    user: str
    worker_memory: int
    memory_budget: int
    limits: Mapping[str, Any]
    sandbox: tuple[Mapping[str, str], ...]
    systemd: Mapping[str, Mapping[str, Any]]
    keep_releases: int
    proxy: Mapping[str, Any]

    @property
    def layout(self) -> Layout:
        return Layout(self.name)
