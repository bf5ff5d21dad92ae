# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings from a look at the running host: facts about services, files and processes in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import ERROR, WARNING, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.kinds import SITE
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes import differences as live
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.differences import Difference
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.parse import queue_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.tree import (
    Differences,
    packages,
    runs_at_start,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.units import LIMIT_DIRECTIVES

LIMITS = {directive: key for key, directive in LIMIT_DIRECTIVES.items()}
SHOWN = 5  # files of one layer that are listed; the rest is counted


class Service(NamedTuple):
    """One instance: its app, its unit, and what is known about the unit."""

    app: str
    unit: str
    drop_ins: tuple[str, ...] = ()
    since: str = ""


def of_service(one: Service, differences: Iterable[Difference]) -> list[Finding]:
    """Return the findings for one service: its drop-ins, and the differences of its processes."""
    found = [
        Finding(
            "drop-in",
            WARNING,
            path,
            declared="directives belong in the app's `systemd`",
            disk="changes the unit at every start",
            fix=f"remove {path}, or declare its directives in gunicorn_apps.{one.app}.systemd",
        )
        for path in one.drop_ins
    ]
    for difference in differences:
        states = {"declared": difference.declared, "running": difference.running, "since": one.since}
        found.append(Finding(difference.kind, ERROR, _subject(one, difference), fix=_fix(one, difference), **states))
    return [finding._replace(app=one.app) for finding in found]


def _subject(one: Service, difference: Difference) -> str:
    if difference.kind == live.WORKERS:
        return one.unit
    return f"{difference.subject} of {one.unit}" if difference.kind == live.LIMIT else difference.subject


def _fix(one: Service, difference: Difference) -> str:
    app = f"gunicorn_apps.{one.app}"
    if difference.kind == live.WORKERS:
        first = "" if difference.fixed_by_restart else "remove the drop-ins of the service, then "
        return f"{first}{SITE} (starts the declared number); or declare {app}.settings.workers, or scale the app"
    if difference.kind == live.QUEUE:
        return f"systemctl restart {one.unit.replace('.service', '.socket')}"
    if difference.kind == live.PORT:
        return f"check what {one.unit} starts"
    if difference.fixed_by_restart:
        return f"{SITE} (replaces the processes)"
    if difference.kind == live.HEARTBEATS:
        return f"{SITE} (mounts the tmpfs); or declare another gunicorn_apps_worker_tmp_dir"
    limit = LIMITS[difference.subject]
    if difference.set_in_systemd:
        return f"check `systemctl cat {one.unit}`, where it is set; or declare {app}.limits.{limit}"
    if not difference.running.isdigit():
        return f"enable the cgroup controller on this host, or remove {app}.limits.{limit}"
    return f"raise the limit of the container or of systemd, or declare {app}.limits.{limit}: {difference.running}"


def of_nginx(queues: Mapping[str, int], listening: str, somaxconn: int) -> list[Finding]:
    """Return findings for nginx's queues: `queues` has the declared backlog by address. Closed sockets are skipped."""
    found = []
    for address, backlog in queues.items():
        expected, running = min(backlog, somaxconn), queue_of(listening, address)
        if running is not None and not expected <= running <= backlog:
            states = {"declared": str(expected), "running": str(running)}
            fix = "systemctl restart nginx (refuses connections for a moment)"
            found.append(Finding(live.QUEUE, ERROR, address, fix=fix, **states))
    return found


def of_files(app: str, place: str, seen: Differences, since: Mapping[str, str], venv: bool = False) -> list[Finding]:
    """Return findings for the files of a release, a source or a virtual environment (`venv`: by package)."""
    found: list[Finding] = []
    if venv:
        for name, what in packages(seen).items():
            kind = "package-added" if what == "added" else "package-changed"
            disk = {"added": "manually installed", "missing": "manually removed", "changed": "manually changed"}[what]
            found.append(Finding(kind, ERROR, name, declared="as resolved for the release", disk=disk))
        if found:  # the packages account for added and missing files, but not for code that runs at every start
            found = [finding._replace(app=app, fix=_rebuild(app)) for finding in found]
            seen = Differences(seen.changed, tuple(filter(runs_at_start, seen.added)))
    kinds = (
        ("file-tampered", seen.changed, "as built", "changed since"),
        ("file-added", seen.added, "absent", "added since"),
        ("file-missing", seen.missing, "as built", "missing"),
    )
    for kind, paths, declared, disk in kinds:
        for position, path in enumerate(paths[:SHOWN], 1):
            more = len(paths) - SHOWN if position == SHOWN else 0
            text = f"{disk}, and {more} more" if more > 0 else disk
            finding = Finding(kind, ERROR, f"{place}/{path}", declared, text, since=since.get(path, ""))
            found.append(finding._replace(app=app, fix=_rebuild(app)))
    return found


def _rebuild(app: str) -> str:
    return f"{SITE} (rebuilds {app} as a new release)"


def of_user(app: str, user: str, groups: Sequence[str]) -> list[Finding]:
    """Return a finding if the service user has supplementary groups."""
    if not groups:
        return []
    fix = f"gpasswd --delete {user} {groups[0]}"
    return [Finding("user-groups", ERROR, user, "only its own group", ", ".join(groups), fix=fix, app=app)]


def of_strays(processes: Iterable[tuple[int, str, str]], undeclared: Iterable[str]) -> list[Finding]:
    """Return findings for stray Gunicorns (process id, description, start time) and for undeclared apps."""
    found = [
        Finding("process-stray", WARNING, f"pid {pid}", "none", running=command, since=since, fix=f"kill {pid}")
        for pid, command, since in processes
    ]
    return found + [
        Finding(
            "app-undeclared",
            WARNING,
            app,
            declared="absent",
            disk=f"/srv/gunicorn/{app}",
            fix=f"declare gunicorn_apps.{app}, or remove it with `state: absent`",
            app=app,
        )
        for app in undeclared
    ]
