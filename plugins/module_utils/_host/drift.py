# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""See what runs on this host, for a comparison with what was declared. Changes nothing."""

from __future__ import annotations

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
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.target import Target, target
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.tree import differences
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.variants import RUNTIME_UNITS, parse_unit
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.generation import HEARTBEAT
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
CGROUPS = "/sys/fs/cgroup"


def find_live_drift(apps: Iterable[App], runner: Runner) -> list[Finding]:
    """Findings of all apps that are declared to be there, and of what nobody declared."""
    apps = [app for app in apps if app.state == "present"]
    systemd = Systemd(runner)
    targets = {app.name: _target(app.layout) for app in apps}
    units = [service.unit for found in targets.values() if found for service in found.services]
    states = systemd.show(units, ["MainPID", "ControlGroup", "DropInPaths", "ActiveEnterTimestamp"])
    sockets = _Sockets(runner)
    somaxconn = int(_read("/proc/sys/net/core/somaxconn") or 0)
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
            found += of_service(_live(service, state, sockets), somaxconn)
    declared = {app.name for app in apps}
    there = [name for name in _names(ROOT) if name not in declared and read_manifests(Layout(name).releases)]
    return found + of_strays(_strays(), sorted(there))


def _target(layout: Layout) -> Optional[Target]:
    release = current_release(layout.current)
    manifest = read_manifests(layout.releases).get(release)
    return target(layout, manifest, read_units(layout.release(release))) if manifest else None


# ---- processes ---------------------------------------------------------------------------------------------------


def _live(one: Service, state: Mapping[str, str], sockets: _Sockets) -> Service:
    master = int(state.get("MainPID") or 0)
    # systemd names those that it has read; others wait for its next reload.
    on_disk = [path for root in (UNITS, RUNTIME_UNITS) for path in glob.glob(f"{root}/{one.unit}.d/*.conf")]
    one = one._replace(drop_ins=tuple(sorted({*state.get("DropInPaths", "").split(), *on_disk})))
    if not master:
        return one
    workers = _workers(state["ControlGroup"], master)
    if len(workers) != one.workers:
        time.sleep(SETTLE)
        workers = _workers(state["ControlGroup"], master)
    place = next(iter(workers.values()), "")
    return one._replace(
        running_workers=len(workers),
        running_nofile=_open_files(master),
        running_queue=sockets.queue(one.bind),
        heartbeats=_file_system(place) if place else "",
        heartbeats_in=place,
        listens=sockets.of({master, *workers}),
        since=_iso(_started(master)),
    )


def _workers(group: str, master: int) -> dict[int, str]:
    """The processes with a heartbeat that the master has started, each with the directory that it is in."""
    found = {}
    for pid in _members(group):
        parent = parent_and_start(pid)
        place = _heartbeats(pid) if parent and parent[0] == master else ""
        if place:
            found[pid] = place
    return found


def _members(group: str) -> list[int]:
    for root in (CGROUPS, f"{CGROUPS}/systemd", f"{CGROUPS}/unified"):
        text = _read(f"{root}{group}/cgroup.procs")
        if text:
            return [int(line) for line in text.split()]
    return []


def _heartbeats(pid: int) -> str:
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            path = os.readlink(f"/proc/{pid}/fd/{name}")
            if HEARTBEAT in path:
                return os.path.dirname(path)
    except OSError:
        pass
    return ""


def _file_system(path: str) -> str:
    """The type of what is mounted nearest above the path."""
    best, kind = "", ""
    for line in (_read("/proc/self/mountinfo") or "").splitlines():
        fields = line.split(" ")
        place = fields[4]
        if (path == place or path.startswith(place.rstrip("/") + "/")) and len(place) >= len(best):
            best, kind = place, fields[fields.index("-") + 1]
    return kind


def _open_files(pid: int) -> Optional[int]:
    found = re.search(r"^Max open files\s+(\S+)", _read(f"/proc/{pid}/limits") or "", re.M)
    return _number(found.group(1)) if found else None


def _strays() -> list[tuple[int, str, str]]:
    """Masters of Gunicorn outside of our units: their parent is no Gunicorn itself."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        words = words_of(int(name), "cmdline")
        if _is_gunicorn(words) and not re.search(
            r"/gunicorn-[a-z0-9_-]+\.service", _read(f"/proc/{name}/cgroup") or ""
        ):
            found[int(name)] = " ".join(word for word in words if word)[:200]
    seen = {pid: parent_and_start(pid) for pid in found}
    return [
        (pid, found[pid], _iso(_started(pid))) for pid, about in sorted(seen.items()) if about and about[0] not in found
    ]


def _is_gunicorn(words: list[str]) -> bool:
    named = [os.path.basename(word) for word in words[:3]]
    return "gunicorn" in named or named[:1] == ["gunicorn:"] or words[0].startswith("gunicorn: master")


def _started(pid: int) -> float:
    about = parent_and_start(pid)
    if about is None:
        return 0.0
    boot = re.search(r"^btime (\d+)", _read("/proc/stat") or "", re.M)
    return (int(boot.group(1)) if boot else 0) + about[1] / os.sysconf("SC_CLK_TCK")


# ---- sockets -----------------------------------------------------------------------------------------------------


class _Sockets:
    """Listening sockets, as `ss` tells; where there is no `ss`, nothing is known of them."""

    def __init__(self, runner: Runner) -> None:
        self._lines: list[list[str]] = []
        if any(os.access(f"{place}/ss", os.X_OK) for place in ("/usr/bin", "/usr/sbin", "/bin", "/sbin")):
            # Unix sockets without their processes, which would mean to read all files of all processes.
            for options in ("-lxnH", "-ltnpH"):
                self._lines += [line.split() for line in runner.run(["ss", options]).out.splitlines()]

    def queue(self, bind: str) -> Optional[int]:
        for fields in self._lines:
            for position, word in enumerate(fields):
                if word == "LISTEN" and bind[len("unix:") * bind.startswith("unix:") :] in fields[position + 3 :][:2]:
                    return int(fields[position + 2])
        return None

    def of(self, pids: set[int]) -> tuple[str, ...]:
        """TCP addresses that any of the processes listens on."""
        found = set()
        for fields in self._lines:
            if fields[0] == "LISTEN" and any(f"pid={pid}," in fields[-1] for pid in pids):
                found.add(fields[3])
        return tuple(sorted(found))


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


def _names(directory: str) -> list[str]:
    try:
        return sorted(os.listdir(directory))
    except FileNotFoundError:
        return []


def _number(text: Any) -> Optional[int]:
    return int(text) if str(text).isdigit() else None


def _iso(seconds: float) -> str:
    return time.strftime(ISO, time.gmtime(seconds)) if seconds else ""


def _read(path: str) -> Optional[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return None


def predictions(parts: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[str, str, list[str]]]:
    """What each part would change, by app where it is an app's."""
    yield "host", "", list(parts["host"].get("changes", ()))
    yield "proxy", "", list(parts["proxy"].get("changes", ()))
    apps = parts["apps"].get("apps", {})
    named = [f"{app}: " for app in apps]
    yield "apps", "", [one for one in parts["apps"].get("changes", ()) if not one.startswith(tuple(named))]
    for app, result in apps.items():
        yield "apps", app, list(result.get("changes", ()))
