# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Observe this host and compare it with what is declared. Changes nothing."""

from __future__ import annotations

import glob
import grp
import os
from collections.abc import Iterable, Mapping
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import RUNTIME_UNITS, UNITS, Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.observed import (
    Service,
    of_files,
    of_nginx,
    of_service,
    of_strays,
    of_user,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.differences import (
    declared_by,
    differences,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.observed import Ceiling, Live
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.parse import (
    addresses_of,
    drop_ins,
    queue_of,
    queues_of_nginx,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.shared import SHARED
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.release import Release
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.look import expectation
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.ceiling import ceiling
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.live import LIVE_PROPERTIES, read_live
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.strays import find_strays
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import Store, deployed_apps
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.tree import compare
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.clock import iso
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import names_in, read_text
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import children_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd


def find_live_drift(apps: Iterable[App], nginx: str, runner: Runner) -> list[Finding]:
    """Return the findings for all apps that are declared present, for nginx, and for undeclared processes and apps.

    `nginx` is the directory of its sites.
    """
    apps = [app for app in apps if app.state == "present"]
    stores = {app.name: Store(app.layout) for app in apps}
    targets = {name: store.release(store.current()) for name, store in stores.items()}
    found: list[Finding] = []
    for app in apps:
        goal = targets[app.name]
        found += of_user(app.name, app.user, _more_groups(app.user))
        if goal is not None:  # otherwise the prediction has reported that there is no release
            found += _files(stores[app.name], goal)
    host, listening = ceiling(), _listening(runner)
    found += _of_services(targets, host, listening, runner)
    found += of_nginx(queues_of_nginx(_sites(nginx)), listening, host.somaxconn)
    declared = {app.name for app in apps}
    there = [name for name in deployed_apps() if name not in declared]
    return found + of_strays(find_strays(Systemd(runner)), sorted(there))


# ---- processes ---------------------------------------------------------------------------------------------------


def _of_services(
    targets: Mapping[str, Optional[Release]], host: Ceiling, listening: str, runner: Runner
) -> list[Finding]:
    services = [(app, goal, one) for app, goal in targets.items() if goal for one in goal.services]
    states = Systemd(runner).show([one.unit for _app, _goal, one in services], ["MainPID", *LIVE_PROPERTIES])
    masters = {unit: int(state.get("MainPID") or 0) for unit, state in states.items()}
    running = {
        one.unit: expectation(Layout(app), one.name, master, one.workers, states[one.unit])
        for app, _goal, one in services
        for master in [masters[one.unit]]
        if master
    }
    seen = read_live(running)
    found = []
    for app, goal, one in services:
        live = seen.get(one.unit, Live())
        if one.unit in running:
            pids = {masters[one.unit], *children_of(masters[one.unit])}
            live = live._replace(queue=queue_of(listening, one.bind), listens=addresses_of(listening, pids))
        declared = declared_by(one.text, goal.units.get(one.socket, ""), one.bind, one.worker_class, one.workers)
        where = Service(app, one.unit, _drop_ins(one.unit, states[one.unit]), live.since)
        found += of_service(where, differences(declared, live, host))
    return found


def _drop_ins(unit: str, state: Mapping[str, str]) -> tuple[str, ...]:
    """Return the unit's drop-ins: those that systemd has loaded, and those on disk that it will load next time."""
    on_disk = [path for root in (UNITS, RUNTIME_UNITS) for path in glob.glob(f"{root}/{unit}.d/*.conf")]
    return tuple(sorted({*drop_ins(state), *on_disk}))


def _listening(runner: Runner) -> str:
    """Return all listening sockets as `ss` prints them; '' if there is no `ss`. Unix sockets are listed without their
    processes, because `ss` would have to scan the file descriptors of all processes.
    """
    if not any(os.access(f"{place}/ss", os.X_OK) for place in ("/usr/bin", "/usr/sbin", "/bin", "/sbin")):
        return ""
    return "".join(runner.run(["ss", options], timeout=60).out for options in ("-lxnH", "-ltnpH"))


def _sites(directory: str) -> str:
    """Return the text of all nginx files that this collection has written."""
    paths = (f"{directory}/{name}" for name in names_in(directory) if name == SHARED or name.startswith("gunicorn-"))
    return "\n".join(read_text(path) or "" for path in sorted(paths))


# ---- files -------------------------------------------------------------------------------------------------------


def _files(store: Store, goal: Release) -> list[Finding]:
    found: list[Finding] = []
    for place, files in store.recorded(goal.release).items():
        found += _compare(store.layout.app, place, files, place == goal.venv)
    return found


def _compare(app: str, place: str, files: Mapping[str, str], venv: bool) -> list[Finding]:
    if not files or not os.path.isdir(place):
        return []
    seen = compare(place, files)
    since = {path: iso(os.lstat(f"{place}/{path}").st_mtime) for path in (*seen.changed, *seen.added)}
    return of_files(app, place, seen, since, venv)


def _more_groups(user: str) -> list[str]:
    return sorted(group.gr_name for group in grp.getgrall() if user in group.gr_mem)
