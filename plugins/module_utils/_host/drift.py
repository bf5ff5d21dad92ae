# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""See what runs on this host, for a comparison with what was declared. Changes nothing."""

from __future__ import annotations

import contextlib
import glob
import grp
import os
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift_finding import Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift_live import (
    Service,
    of_files,
    of_service,
    of_strays,
    of_user,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.layout import ROOT, UNITS, Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.live_text import (
    addresses_of,
    file_system_of,
    is_gunicorn,
    queue_of,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.target import Target, target
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.tree import differences
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.variants import RUNTIME_UNITS, parse_unit
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.capacity import read_text, somaxconn
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.files import names_in
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.generation import heartbeat, processes
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.history import ISO
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.look import (
    current_release,
    read_manifests,
    read_units,
    recorded,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.process import parent_and_start, words_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd import Systemd
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.tree import NOTES, read_tree

SETTLE = 0.3  # a worker that is just being replaced is no drift
OURS = re.compile(r"/gunicorn-[a-z0-9_-]+\.service")


def find_live_drift(apps: Iterable[App], runner: Runner) -> list[Finding]:
    """Findings of all apps that are declared to be there, and of what nobody declared."""
    apps = [app for app in apps if app.state == "present"]
    systemd = Systemd(runner)
    targets = {app.name: _target(app.layout) for app in apps}
    units = [service.unit for found in targets.values() if found for service in found.services]
    states = systemd.show(units, ["MainPID", "DropInPaths"])
    listening = _listening(runner)
    longest_queue = somaxconn()
    found: list[Finding] = []
    for app in apps:
        goal = targets[app.name]
        found += of_user(app.name, app.user, _more_groups(app.user))
        if goal is None:
            continue  # the prediction has said that there is no release
        found += _files(app, goal)
        for one in goal.services:
            state = states[one.unit]
            unit = parse_unit(goal.units[one.unit]).get("Service", {})
            socket = parse_unit(goal.units.get(one.socket, "")).get("Socket", {})
            service = Service(
                app=app.name,
                unit=one.unit,
                bind=one.bind,
                worker_class=one.worker_class,
                workers=one.workers,
                nofile=_number(unit.get("LimitNOFILE", [""])[-1]),
                backlog=_number(socket.get("Backlog", [""])[-1]) or 0,
            )
            found += of_service(_live(service, state, listening), longest_queue)
    declared = {app.name for app in apps}
    there = [name for name in names_in(ROOT) if name not in declared and read_manifests(Layout(name).releases)]
    return found + of_strays(_strays(), sorted(there))


def _target(layout: Layout) -> Optional[Target]:
    release = current_release(layout.current)
    manifest = read_manifests(layout.releases).get(release)
    return target(layout, manifest, read_units(layout.release(release))) if manifest else None


# ---- processes ---------------------------------------------------------------------------------------------------


def _live(one: Service, state: Mapping[str, str], listening: str) -> Service:
    master = int(state.get("MainPID") or 0)
    # systemd names those that it has read; others wait for its next reload.
    on_disk = [path for root in (UNITS, RUNTIME_UNITS) for path in glob.glob(f"{root}/{one.unit}.d/*.conf")]
    one = one._replace(drop_ins=tuple(sorted({*state.get("DropInPaths", "").split(), *on_disk})))
    if not master:
        return one
    workers = _workers(one.unit, master)
    if len(workers) != one.workers:
        time.sleep(SETTLE)
        workers = _workers(one.unit, master)
    place = next(iter(workers.values()), "")
    return one._replace(
        running_workers=len(workers),
        running_nofile=_open_files(master),
        running_queue=queue_of(listening, one.bind),
        heartbeats=file_system_of(read_text("/proc/self/mountinfo") or "", place) if place else "",
        heartbeats_in=place,
        listens=addresses_of(listening, {master, *workers}),
        since=_iso(_started(master)),
    )


def _workers(unit: str, master: int) -> dict[int, str]:
    """The processes with a heartbeat that the master has started, each with the directory that it is in."""
    found = {}
    for process, parent in processes(unit).items():
        path = heartbeat(process.pid) if parent == master else ""
        if path:
            with contextlib.suppress(OSError):  # it has ended
                found[process.pid] = os.path.dirname(os.readlink(path))
    return found


def _open_files(pid: int) -> Optional[int]:
    found = re.search(r"^Max open files\s+(\S+)", read_text(f"/proc/{pid}/limits") or "", re.M)
    return _number(found.group(1)) if found else None


def _strays() -> list[tuple[int, str, str]]:
    """Masters of Gunicorn outside of our units: their parent is no Gunicorn itself.

    Where each runs is told, and not its command line, on which a secret may be.
    """
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        group = read_text(f"/proc/{name}/cgroup") or ""
        if is_gunicorn(words_of(int(name), "cmdline")) and not OURS.search(group):
            found[int(name)] = f"gunicorn in {group.splitlines()[-1].rpartition(':')[2]}" if group else "gunicorn"
    seen = {pid: parent_and_start(pid) for pid in found}
    return [
        (pid, found[pid], _iso(_started(pid))) for pid, about in sorted(seen.items()) if about and about[0] not in found
    ]


def _started(pid: int) -> float:
    about = parent_and_start(pid)
    if about is None:
        return 0.0
    boot = re.search(r"^btime (\d+)", read_text("/proc/stat") or "", re.M)
    return (int(boot.group(1)) if boot else 0) + about[1] / os.sysconf("SC_CLK_TCK")


def _listening(runner: Runner) -> str:
    """All listening sockets, as `ss` tells; '' where there is no `ss`. Those of unix without their processes, which
    would mean to read all files of all processes.
    """
    if not any(os.access(f"{place}/ss", os.X_OK) for place in ("/usr/bin", "/usr/sbin", "/bin", "/sbin")):
        return ""
    return "".join(runner.run(["ss", options]).out for options in ("-lxnH", "-ltnpH"))


# ---- files -------------------------------------------------------------------------------------------------------


def _files(app: App, goal: Target) -> list[Finding]:
    layout = app.layout
    manifest = read_manifests(layout.releases)[goal.release]
    found: list[Finding] = []
    for place, files in recorded(layout, goal.release, manifest).items():
        found += _compare(app.name, place, files, place == goal.venv)
    return found


def _compare(app: str, place: str, files: Mapping[str, str], venv: bool) -> list[Finding]:
    if not files or not os.path.isdir(place):
        return []
    seen = differences(files, read_tree(place), NOTES)
    since = {path: _iso(os.lstat(f"{place}/{path}").st_mtime) for path in (*seen.changed, *seen.added)}
    return of_files(app, place, seen, since, venv)


def _more_groups(user: str) -> list[str]:
    return sorted(group.gr_name for group in grp.getgrall() if user in group.gr_mem)


def _number(text: Any) -> Optional[int]:
    return int(text) if str(text).isdigit() else None


def _iso(seconds: float) -> str:
    return time.strftime(ISO, time.gmtime(seconds)) if seconds else ""


def predictions(parts: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[str, str, list[str]]]:
    """What each part would change, by app where it is an app's."""
    yield "host", "", list(parts["host"].get("changes", ()))
    yield "proxy", "", list(parts["proxy"].get("changes", ()))
    apps = parts["apps"].get("apps", {})
    named = [f"{app}: " for app in apps]
    yield "apps", "", [one for one in parts["apps"].get("changes", ()) if not one.startswith(tuple(named))]
    for app, result in apps.items():
        yield "apps", app, list(result.get("changes", ()))
