# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs against what was declared: facts of running services in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift_finding import ERROR, SITE, WARNING, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.setting_rules import ASGI, family
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.tree import Differences, packages

MEMORY = ("tmpfs", "ramfs")
SHOWN = 5  # of the files of one layer; the rest is counted
# What asyncio asks for when an asgi worker starts, whatever is declared.
ASGI_QUEUE = 100


class Service(NamedTuple):
    """One instance: what its release and its unit say, and what its processes are. None: it could not be seen."""

    app: str
    unit: str
    bind: str
    worker_class: str
    workers: int
    nofile: Optional[int]
    backlog: int
    running_workers: Optional[int] = None
    running_nofile: Optional[int] = None
    running_queue: Optional[int] = None
    heartbeats: str = ""  # the type of the file system that they are on
    heartbeats_in: str = ""
    drop_ins: tuple[str, ...] = ()
    listens: tuple[str, ...] = ()  # TCP addresses
    since: str = ""


def of_service(one: Service, somaxconn: int) -> list[Finding]:
    found = [
        Finding(
            "drop-in",
            WARNING,
            path,
            declared="`systemd` of the app is the place for directives",
            disk="it changes the unit at every start",
            fix=f"remove {path}, or declare it in gunicorn_apps.{one.app}.systemd",
        )
        for path in one.drop_ins
    ]
    if one.running_workers is not None and one.running_workers != one.workers:
        found.append(
            Finding(
                "worker-count",
                ERROR,
                one.unit,
                declared=str(one.workers),
                running=str(one.running_workers),
                fix=f"systemctl restart {one.unit}, or declare gunicorn_apps.{one.app}.settings.workers",
            )
        )
    if one.nofile and one.running_nofile is not None and one.running_nofile < one.nofile:
        found.append(
            Finding(
                "limit-clamped",
                ERROR,
                f"LimitNOFILE of {one.unit}",
                declared=str(one.nofile),
                running=str(one.running_nofile),
                since=one.since,
                fix="raise the limit of the container or of systemd itself, or declare "
                f"gunicorn_apps.{one.app}.limits.nofile: {one.running_nofile}",
            )
        )
    found += _queue(one, somaxconn)
    if one.heartbeats and one.heartbeats not in MEMORY:
        found.append(
            Finding(
                "tmp-not-memory",
                ERROR,
                one.heartbeats_in,
                declared="tmpfs",
                running=one.heartbeats,
                since=one.since,
                fix="ansible-playbook wsgiops.gunicorn.site, which mounts it and restarts the service",
            )
        )
    found += [
        Finding("port-stray", ERROR, address, declared=one.bind, running=f"{one.unit} listens on {address}")
        for address in one.listens
        if address != one.bind
    ]
    return [finding._replace(app=one.app) for finding in found]


def _queue(one: Service, somaxconn: int) -> list[Finding]:
    if one.running_queue is None:
        return []
    expected = min(one.backlog, somaxconn)
    if family(one.worker_class) == ASGI:
        expected = min(expected, ASGI_QUEUE)
    if expected <= one.running_queue <= one.backlog:
        return []
    return [
        Finding(
            "backlog-live",
            ERROR,
            one.bind,
            declared=str(expected),
            running=str(one.running_queue),
            since=one.since,
            fix=f"systemctl restart {one.unit.replace('.service', '.socket')}",
        )
    ]


def of_files(app: str, place: str, seen: Differences, since: Mapping[str, str], venv: bool = False) -> list[Finding]:
    """Files of a release, a source or a virtual environment (where packages say more than their files)."""
    found: list[Finding] = []
    if venv:
        for name, what in packages(seen).items():
            kind = "package-added" if what == "added" else "package-changed"
            by_hand = {"added": "installed by hand", "missing": "removed by hand", "changed": "changed by hand"}[what]
            found.append(Finding(kind, ERROR, name, declared="as resolved for the release", disk=by_hand))
        if found:
            return [finding._replace(app=app, fix=_rebuild(app)) for finding in found]
    told = (
        ("file-tampered", seen.changed, "as built", "changed since"),
        ("file-added", seen.added, "absent", "added since"),
        ("file-missing", seen.missing, "as built", "gone"),
    )
    for kind, paths, declared, disk in told:
        for position, path in enumerate(paths[:SHOWN], 1):
            more = len(paths) - SHOWN if position == SHOWN else 0
            text = f"{disk}, and {more} more" if more > 0 else disk
            finding = Finding(kind, ERROR, f"{place}/{path}", declared, text, since=since.get(path, ""))
            found.append(finding._replace(app=app, fix=_rebuild(app)))
    return found


def _rebuild(app: str) -> str:
    return f"{SITE}, which builds {app} anew beside it"


def of_user(app: str, user: str, groups: Sequence[str]) -> list[Finding]:
    if not groups:
        return []
    fix = f"gpasswd --delete {user} {groups[0]}"
    told = {"declared": "its own group alone", "disk": ", ".join(groups), "fix": fix, "app": app}
    return [Finding("user-groups", ERROR, user, **told)]


def of_strays(processes: Iterable[tuple[int, str, str]], undeclared: Iterable[str]) -> list[Finding]:
    """Gunicorns of nobody, each with its id, its command and its start; and apps that are not declared."""
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
            fix=f"declare gunicorn_apps.{app}, with `state: absent` to remove it",
            app=app,
        )
        for app in undeclared
    ]
