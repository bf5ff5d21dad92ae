# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Complete a declaration with what depends on this host: sizes, resolved sources, versions that units depend on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import UV
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import parse_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.digest import keyed_digest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.requirements import (
    Requirements,
    needs_source,
    requirements,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.current import AppState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.declaration import (
    Declaration,
    requirements_for,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.worker_memory import measured
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.capacity import (
    memory_of_unit,
    own_limits,
    within,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import Host, Sizing, size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.source_identity import identify
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.machine.capacity import interpreter
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.layers import is_complete
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.beneath import read_beneath
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner


@dataclass(frozen=True)
class Context:
    """What is the same for all apps on the host in this run."""

    host: Host
    shares: int
    systemd: int
    worker_tmp_dir: str
    proxy_group: str
    uv: bool
    somaxconn: int
    resolvers: tuple[str, ...] = ()  # the host's name servers


def uses_uv(installer: str, promised: bool) -> bool:
    """Return whether uv is the installer; `promised` means that this run installs it first."""
    return installer == "uv" or (installer == "auto" and (promised or os.path.exists(UV)))


@dataclass(frozen=True)
class Declared:
    """A declaration, what its source resolves to, and its requirements (None while they are unknown)."""

    declaration: Declaration
    resolved: Mapping[str, Any]
    requirements: Optional[Requirements]


def declare(
    context: Context,
    runner: Runner,
    app: App,
    now: AppState,
    secrets: Mapping[str, str],
    local_source: Mapping[str, Any],
    identity: Optional[tuple[Optional[str], dict[str, Any]]] = None,
    memory: int = 0,
) -> Declared:
    """Return the completed declaration. Raise HostError if the source cannot be identified.

    `local_source` is what the controller knows about a source of its own: {digest, texts}.
    `identity` is the source's identity from earlier in the same run: a branch may have moved in the meantime.
    `memory` is the bytes per worker measured in this run; 0 means those of the live release.
    """
    memory = memory or measured(now.manifests, now.current)
    source_id, resolved = identity or identify(runner, app, local_source, now.manifests)
    base = Declaration(
        app=app,
        sizings=sizes(context, app, memory),
        interpreter=interpreter(app.python),
        worker_tmp_dir=context.worker_tmp_dir,
        proxy_group=context.proxy_group,
        systemd=context.systemd,
        resolvers=context.resolvers,
        secrets_id=_secrets_id(app, secrets),
        source_id=source_id,
        requirements_id=None,
    )
    found = _requirements(context, base, resolved, local_source, now)
    if found:
        return Declared(_with(base, found.identity), resolved, found)
    return Declared(_with(base, _remembered(base, now)), resolved, None)


def with_sizings(declared: Declared, sizings: Mapping[str, Sizing]) -> Declared:
    return replace(declared, declaration=replace(declared.declaration, sizings=sizings))


def _with(base: Declaration, requirements_id: Optional[str]) -> Declaration:
    return Declaration(**{**base.__dict__, "requirements_id": requirements_id})


def sizes(context: Context, app: App, memory: int) -> dict[str, Sizing]:
    """Return the sizing of each instance if a worker needs `memory` bytes."""
    return {instance.name: _size(context, app, instance, memory) for instance in app.instances}


def _size(context: Context, app: App, instance: Any, memory: int) -> Sizing:
    own = own_limits(app.limits, app.systemd.get("Service", {}))
    return size(
        instance.profile,
        within(context.host, own),
        settings=instance.settings,
        env=app.env,
        worker_memory=app.worker_memory,
        measured=memory,
        memory_budget=app.memory_budget,
        unit_memory=memory_of_unit(own),
        shares=context.shares,
        nofile=app.limits["nofile"] or 0,
        tasks_max=app.limits["tasks_max"] or 0,
        memory_max=parse_size("memory_max", app.limits["memory_max"]),
    )


def _secrets_id(app: App, secrets: Mapping[str, str]) -> str:
    if not secrets:
        return ""
    try:
        with open(app.layout.salt, "rb") as stream:
            return keyed_digest(stream.read(), dict(secrets))
    except FileNotFoundError:
        return "no salt yet"


def _requirements(
    context: Context, base: Declaration, resolved: Mapping[str, Any], local_source: Mapping[str, Any], now: AppState
) -> Optional[Requirements]:
    """Read them from the source's files, as sent by the controller or already on this host; None if neither exists."""
    app = base.app
    if not needs_source(app):
        return requirements(app, lambda name: None, context.uv)
    if "texts" in local_source:
        return requirements(app, local_source["texts"].get, context.uv)
    directory = resolved.get("path", "")
    if not directory and base.source_id:
        layer = now.usable_path(app.layout.source(base.source_id))
        directory = layer if is_complete(layer) else ""
    if not directory:
        return None
    return requirements(app, reader(directory, app.source.subdir), context.uv)


def _remembered(base: Declaration, now: AppState) -> Optional[str]:
    for manifest in now.manifests.values():
        if manifest.requirements_for == requirements_for(base):
            return manifest.requirements_id
    return None


def reader(top: str, subdir: str) -> Callable[[str], Any]:
    """Return a function that reads a source's files, and returns None for paths outside it."""
    return lambda name: read_beneath(top, f"{subdir}/{name}")
