# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A declared app as one validated value. All other code reads this value, never the raw options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional, Union

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps import timeouts
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.source import Source
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.setting_rules import Facts
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import PROFILES


@dataclass(frozen=True)
class StaticRoute:
    """A URL prefix, and the absolute path of the directory that nginx serves under it."""

    url: str
    path: str


@dataclass(frozen=True)
class Instance:
    """One pool of workers of an app, behind its own socket."""

    name: str
    profile: str
    settings: Mapping[str, Any]
    routes: tuple[str, ...]
    bind: str
    timeouts: timeouts.Timeouts
    own: frozenset[str] = frozenset()  # names of the settings that the instance declares itself

    def variable(self, app: str, setting: str) -> str:
        """Return the variable in which a setting is declared or, if it is not, where to declare it."""
        place = f".instances.{self.name}" if setting in self.own else ""
        return f"gunicorn_apps.{app}{place}.settings.{setting}"

    def facts(self, worker_class: str, gunicorn: str, somaxconn: int = 0) -> Facts:
        return Facts(self.settings, worker_class, gunicorn, self.bind, somaxconn)

    @property
    def worker_class(self) -> str:
        """The declared worker class, or the profile's."""
        return str(self.settings.get("worker_class") or PROFILES[self.profile].worker_class)

    @property
    def tls(self) -> bool:
        """Whether Gunicorn itself terminates TLS; either setting turns that on."""
        return bool(self.settings.get("certfile") or self.settings.get("keyfile"))


@dataclass(frozen=True)
class App:
    """A validated app with its defaults filled in. Sizes are in bytes; `secret_names` are names only, never values."""

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
    wheels_only: bool
    require_hashes: bool
    hooks: str
    access_log: str
    log_memory: bool
    env: Mapping[str, str]
    secret_names: tuple[str, ...]
    secrets_in: str
    build: tuple[str, ...]
    build_network: bool
    build_secrets: tuple[str, ...]
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
    egress: Optional[tuple[str, ...]]  # networks; None if it is not restricted
    systemd: Mapping[str, Mapping[str, Any]]
    keep_releases: int
    proxy: Mapping[str, Any]

    @property
    def layout(self) -> Layout:
        return Layout(self.name)
