# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs against what was declared: facts of running services in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import ERROR, WARNING, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.finding import SITE
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes import differences as live
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.differences import Difference
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.parse import queue_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.tree import Differences, packages
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.units import LIMIT_DIRECTIVES

LIMITS = {directive: key for key, directive in LIMIT_DIRECTIVES.items()}
SHOWN = 5  # of the files of one layer; the rest is counted


class Service(NamedTuple):
    """One instance: where it belongs, and what is known of its unit."""

    app: str
    unit: str
    drop_ins: tuple[str, ...] = ()
    since: str = ""


def of_service(one: Service, differences: Iterable[Difference]) -> list[Finding]:
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
    for difference in differences:
        told = {"declared": difference.declared, "running": difference.running, "since": one.since}
        found.append(Finding(difference.kind, ERROR, _subject(one, difference), fix=_fix(one, difference), **told))
    return [finding._replace(app=one.app) for finding in found]


def _subject(one: Service, difference: Difference) -> str:
    if difference.kind == live.WORKERS:
        return one.unit
    return f"{difference.subject} of {one.unit}" if difference.kind == live.LIMIT else difference.subject


def _fix(one: Service, difference: Difference) -> str:
    app = f"gunicorn_apps.{one.app}"
    if difference.kind == live.WORKERS:
        first = "" if difference.mended else "remove the drop-ins of the service; then "
        return f"{first}{SITE}, which starts the declared number; or declare {app}.settings.workers, or scale"
    if difference.kind == live.QUEUE:
        return f"systemctl restart {one.unit.replace('.service', '.socket')}"
    if difference.kind == live.PORT:
        return f"look at what {one.unit} starts"
    if difference.mended:
        return f"{SITE}, which replaces the processes"
    if difference.kind == live.HEARTBEATS:
        return f"{SITE}, which mounts it; or declare another gunicorn_apps_worker_tmp_dir"
    limit = LIMITS[difference.subject]
    if difference.told:
        return f"look at `systemctl cat {one.unit}`: something there sets it; or declare {app}.limits.{limit}"
    if not difference.running.isdigit():
        return f"enable the controller of control groups on this host, or leave {app}.limits.{limit} out"
    return (
        f"raise the limit of the container or of systemd itself, or declare {app}.limits.{limit}: {difference.running}"
    )


def of_nginx(queues: Mapping[str, int], listening: str, somaxconn: int) -> list[Finding]:
    """Sockets of nginx, by address with the declared backlog; what nobody listens on is not told here."""
    found = []
    for address, backlog in queues.items():
        expected, running = min(backlog, somaxconn), queue_of(listening, address)
        if running is not None and not expected <= running <= backlog:
            told = {"declared": str(expected), "running": str(running)}
            fix = "systemctl restart nginx, which refuses connections for a moment"
            found.append(Finding(live.QUEUE, ERROR, address, fix=fix, **told))
    return found


def of_files(app: str, place: str, seen: Differences, since: Mapping[str, str], venv: bool = False) -> list[Finding]:
    """Files of a release, a source or a virtual environment (where packages say more than their files)."""
    found: list[Finding] = []
    if venv:
        for name, what in packages(seen).items():
            kind = "package-added" if what == "added" else "package-changed"
            by_hand = {"added": "installed by hand", "missing": "removed by hand", "changed": "changed by hand"}[what]
            found.append(Finding(kind, ERROR, name, declared="as resolved for the release", disk=by_hand))
        if found:  # they say whose the added files are; of a file that was changed an accepted package says nothing
            found = [finding._replace(app=app, fix=_rebuild(app)) for finding in found]
            seen = Differences(changed=seen.changed)
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
