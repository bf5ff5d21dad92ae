# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the current state of the apps on a host in one pass: files, units and processes."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Optional, Protocol

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import UNITS, Layout, conf_path
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.observed import Live
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.current import AppState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import NO_RELEASE
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.environment_file import RELEASE
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import MANAGED
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.ceiling import ceiling
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.live import (
    LIVE_PROPERTIES,
    Expectation,
    read_live,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.master_notes import (
    RELEASE as RELOADED_RELEASE,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.master_notes import (
    RESTARTED_FOR,
    WORKERS,
    recall,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.layers import complete_layers
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import Store
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import read_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.process_words import Reading, read_words
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.users import (
    group_exists,
    is_service_user,
    user_exists,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.runtime_units import runtime_units
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd

PROPERTIES = ("LoadState", "ActiveState", "UnitFileState", "NeedDaemonReload", "MainPID", "NRestarts", *LIVE_PROPERTIES)
Units = Mapping[str, Mapping[str, str]]


class Bound(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def bind(self) -> str: ...


class Subject(Protocol):
    """What `look` needs to know about an app; both a declared app and one read from its releases provide it."""

    @property
    def name(self) -> str: ...

    @property
    def user(self) -> str: ...

    @property
    def layout(self) -> Layout: ...

    @property
    def instances(self) -> Sequence[Bound]: ...


def look(systemd: Systemd, apps: Iterable[Subject], known: Optional[Mapping[str, Store]] = None) -> dict[str, AppState]:
    """Return the current state of every app. Stores in `known`, by app, are used as they are and not read again."""
    apps = list(apps)
    stores = {app.name: (known or {}).get(app.name) or Store(app.layout) for app in apps}
    files = {app.name: unit_files(app.layout, [instance.name for instance in app.instances]) for app in apps}
    names = {
        app.layout.unit(instance.name, kind)
        for app in apps
        for instance in app.instances
        for kind in ("socket", "service")
    }
    names |= {path.rpartition("/")[2] for found in files.values() for path in found}
    units = systemd.show(sorted(names), PROPERTIES)
    live = read_live({unit: one for app in apps for unit, one in _expectations(app, stores[app.name], units).items()})
    reading = read_words(filter(None, map(_master, units.values())), "cmdline", "environ")
    return {app.name: _current(app, files[app.name], units, stores[app.name], live, reading) for app in apps}


def _master(shown: Mapping[str, str]) -> int:
    return int(shown.get("MainPID") or 0)


def expectation(layout: Layout, instance: str, master: int, workers: int, shown: Mapping[str, str]) -> Expectation:
    """Return what the processes of a running service are compared with; `shown` are the properties of its unit."""
    scaled = recall(layout, instance, master, WORKERS) or 0
    return Expectation(master, workers, scaled, tuple(recall(layout, instance, master, RESTARTED_FOR) or ()), shown)


def _expectations(app: Subject, store: Store, units: Units) -> dict[str, Expectation]:
    """Return, for each running service, what its processes are compared with."""
    layout = app.layout
    declared = store.manifests.get(store.current(), NO_RELEASE).instances
    found = {}
    for instance in app.instances:
        unit = layout.unit(instance.name, "service")
        master = _master(units.get(unit, {}))
        if master:
            workers = declared[instance.name].workers if instance.name in declared else 0
            found[unit] = expectation(layout, instance.name, master, workers, units[unit])
    return found


def _current(
    app: Subject, found: Mapping[str, Any], units: Units, store: Store, live_of: Mapping[str, Live], reading: Reading
) -> AppState:
    layout, manifests = app.layout, store.manifests
    layers = complete_layers(layout.sources) | complete_layers(layout.venvs)
    # A manifest is written only after its layers are complete, so it is trusted even if a marker was removed.
    named = {path for manifest in manifests.values() for path in manifest.layers}
    layers |= {path for path in named if os.path.isdir(path)}
    live = store.current()
    return AppState(
        damaged=store.damaged(live).union(*(one.failed.damaged for one in manifests.values() if one.failed)),
        user=user_exists(app.user),
        own_user=is_service_user(app.user, layout.shared),
        build_user=is_service_user(layout.build_user, layout.build_home),
        group=group_exists(app.user),
        home=os.path.isdir(layout.shared),
        current=live,
        manifests=manifests,
        layers=frozenset(layers),
        unit_files=found,
        leftovers=tuple(runtime_units(app.name)),
        units={unit: state for unit, state in units.items() if unit.startswith(f"gunicorn-{app.name}-")},
        running={
            instance.name: _running_config(
                layout, instance.name, _master(units.get(layout.unit(instance.name, "service"), {})), reading
            )
            for instance in app.instances
        },
        live={
            instance.name: live_of[unit]
            for instance in app.instances
            for unit in [layout.unit(instance.name, "service")]
            if unit in live_of
        },
        ceiling=ceiling(),
        unusable=store.unusable,
        missing_sockets=frozenset(
            one.name
            for one in app.instances
            if _socket_file_missing(one, units.get(layout.unit(one.name, "socket"), {}))
        ),
    )


def unit_files(layout: Layout, instances: Iterable[str] = ()) -> dict[str, Any]:
    """Return the app's unit files by path: those that this collection wrote, or that have the path of a declared one.

    `gunicorn-shop-*` also matches units of an app called `shop-eu`, which are skipped.
    """
    declared = {layout.unit_path(instance, kind) for instance in instances for kind in ("socket", "service")}
    found = {}
    for path in glob.glob(f"{UNITS}/gunicorn-{layout.app}-*.s*"):
        instance, _dot, kind = path.rpartition("/")[2][len(f"gunicorn-{layout.app}-") :].rpartition(".")
        if "-" in instance or kind not in ("socket", "service"):
            continue
        state = read_file(path)
        if state and (path in declared or state.content.startswith(MANAGED)):
            found[path] = state
    return found


def _socket_file_missing(one: Bound, socket: Mapping[str, str]) -> bool:
    """Return whether systemd still listens on a socket whose file was removed, so that no client can connect."""
    path = one.bind[len("unix:") :] if one.bind.startswith("unix:") else ""
    return bool(path) and socket.get("ActiveState") == "active" and not os.path.exists(path)


def _running_config(layout: Layout, instance: str, pid: int, reading: Reading) -> str:
    """Return the configuration file of the release that the process serves, or ''."""
    if not pid:
        return ""
    words = reading.of(pid, "cmdline")
    named = [word for word in reading.of(pid, "environ") if word.startswith(f"{RELEASE}=")]
    if "--config" in words:
        started = words[words.index("--config") + 1]
    else:
        started = conf_path(layout.release(named[0].partition("=")[2]), instance) if named else ""
    reloaded = recall(layout, instance, pid, RELOADED_RELEASE)
    return conf_path(layout.release(reloaded), instance) if started and reloaded else started
