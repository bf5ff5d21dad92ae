# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to change for an app to be as declared: current state and declaration in, changes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.files import plan_absent
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.layout import conf_path
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.live import (
    Difference,
    Live,
    differences,
    subjects_to_mend,
    to_mend,
    wanted,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.manifest import (
    NO_RELEASE,
    Manifest,
    refuse_unusable,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.plan import (
    Current,
    Plan,
    plan_units,
    running_releases,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.release import (
    UNKNOWN,
    Declaration,
    find_lock,
    find_release,
    unit_texts,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.units import Place

OTHERWISE = "it runs otherwise than declared"
STARTED = ("active", "activating", "reloading")


def plan_app(
    declared: Declaration, now: Current, *, upgrade: bool = False, built: str = "", release_commands: bool = True
) -> Plan:
    """Compare. With `upgrade` nothing resolved earlier is good enough; `built` is the release that was made for it."""
    app = declared.app
    refuse_unusable(app.name, [now.current, *running_releases(now)], now.unusable)
    layout = app.layout
    found = built or (None if upgrade else find_release(now.sound, declared.release_key, now.current))
    manifest = now.manifests.get(found or "", NO_RELEASE)
    intact = bool(found) and _layers_of(app, manifest) <= now.layers
    release = found if intact else None

    lock = None if upgrade else find_lock(now.manifests, declared.venv_key, now.current)
    has_venv = bool(app.source.venv) or (lock is not None and now.whole(layout.venv(lock.digest)) in now.layers)
    needs_source = app.source.kind in ("git", "archive", "local")
    has_source = not needs_source or (
        declared.source_id is not None and now.whole(layout.source(declared.source_id)) in now.layers
    )

    venv_path = app.source.venv or (now.whole(layout.venv(lock.digest)) if lock else "")
    has_build = (
        bool(venv_path and declared.source_id) and now.whole(layout.source(declared.build_id(venv_path))) in now.layers
    )

    place = declared.place(layout.release(UNKNOWN), UNKNOWN, UNKNOWN, app.gunicorn_version)
    if release:
        venv = manifest.venv
        place = declared.place(layout.release(release), manifest.source.path, venv.path, venv.gunicorn)
    files = plan_units(unit_texts(declared, place), now.unit_files)
    changed_paths = {change.path for change in files}
    sockets = [(instance.name, layout.unit(instance.name, "socket")) for instance in app.instances]
    live = [(name, unit) for name, unit in sockets if now.units.get(unit, {}).get("ActiveState") == "active"]
    wrong = _wrong(declared, now, place) if release else {}
    plan = Plan(
        app=app.name,
        create_user=not (now.user and now.group),
        create_home=not now.home,
        add_source=release is None and not has_source,
        build_venv=release is None and not has_venv,
        add_release=release is None,
        build=release is None and bool(app.build) and not has_build,
        release=release,
        files=tuple(files),
        remove_units=_units_to_remove(app, now),
        leftovers=now.leftovers,
        enable=tuple(unit for unit in _units(app) if now.units.get(unit, {}).get("UnitFileState") != "enabled"),
        renew_sockets=tuple(
            unit for name, unit in live if name in now.gone or layout.unit_path(name, "socket") in changed_paths
        ),
        start_sockets=tuple(unit for name, unit in sockets if (name, unit) not in live),
        activate=_activations(app, now, place.release if release else "", changed_paths, wrong),
        mends={name: subjects_to_mend(found) for name, found in wrong.items()},
        finish=now.current != release,
    )
    requirements_known = declared.venv_key is not None or not now.manifests
    changes = _changes(app, plan, requirements_known, release_commands)
    return replace(plan, changes=(*_replaced(now, plan), *changes, *_forgotten(declared, now, plan)))


def _forgotten(declared: Declaration, now: Current, plan: Plan) -> list[str]:
    """Numbers of workers that somebody asked for go with the master."""
    scaled = {name: now.live[name].scaled for name in plan.activate if name in now.live}
    return [
        f"scale {declared.app.layout.unit(name, 'service')} from {number} to {declared.sizings[name].workers} workers"
        for name, number in scaled.items()
        if number
    ]


def without_mending(changes: Sequence[str]) -> list[str]:
    """The changes of a plan where a second look found that its processes run as declared after all."""
    return [change for change in changes if OTHERWISE not in change]


def _replaced(now: Current, plan: Plan) -> list[str]:
    return [
        f"replace {path}: files in it were changed on this host" for path in sorted(now.damaged) if plan.add_release
    ]


def plan_absent_app(app: App, now: Current) -> Plan:
    """Remove the units and everything that a deploy can make again; `shared/` only when asked for."""
    units = tuple(sorted(path.rpartition("/")[2] for path in now.unit_files))
    files = tuple(
        change for path in sorted(now.unit_files) for change in [plan_absent(path, now.unit_files[path])] if change
    )
    remove_home = bool(now.home and (now.manifests or now.unusable or now.current or now.layers or app.purge))
    changes = [_left(unit) for unit in now.leftovers]
    changes += [f"stop and disable {unit}" for unit in units] + [change.summary for change in files]
    if remove_home:
        what = "everything below" if app.purge else "all but shared/ below"
        changes.append(f"remove {what} {app.layout.home}")
    if now.own_user and app.purge:
        changes.append(f"remove user {app.user}")
    return Plan(
        app=app.name,
        files=files,
        remove_units=units,
        leftovers=now.leftovers,
        activate={},
        purge=app.purge,
        remove_user=now.own_user and app.purge,
        remove_home=remove_home,
        changes=tuple(changes),
    )


def _layers_of(app: App, manifest: Manifest) -> frozenset[str]:
    """The layers that the release is made of, as far as they are ours to keep."""
    return frozenset(path for path in manifest.layers if path.startswith(f"{app.layout.home}/"))


def _units(app: App) -> list[str]:
    return [app.layout.unit(instance.name, kind) for instance in app.instances for kind in ("socket", "service")]


def _units_to_remove(app: App, now: Current) -> tuple[str, ...]:
    """Units of instances that are no longer declared; services first, so that no socket starts them again."""
    wanted = set(_units(app))
    stale = [path.rpartition("/")[2] for path in now.unit_files]
    return tuple(sorted(unit for unit in stale if unit not in wanted))


def _activations(
    app: App, now: Current, release_path: str, changed_paths: set[str], wrong: Mapping[str, list[Difference]]
) -> dict[str, str]:
    """Which instances must be (re)started, each with its reason; without a path there is no release yet."""
    result = {}
    for instance in app.instances:
        unit = app.layout.unit(instance.name, "service")
        state = now.units.get(unit, {})
        if state.get("ActiveState") not in STARTED:
            result[instance.name] = f"it is {state.get('ActiveState') or 'not there'}"
        elif not release_path:
            result[instance.name] = "there is a new release"
        elif now.running.get(instance.name) != conf_path(release_path, instance.name):
            result[instance.name] = "the running process is of another release"
        elif {app.layout.unit_path(instance.name, kind) for kind in ("service", "socket")} & changed_paths:
            result[instance.name] = "its units changed"
        elif state.get("NeedDaemonReload") == "yes":
            result[instance.name] = "systemd runs it from an older unit than the one on disk"
        elif release_path.rpartition("/")[2] != now.current:
            result[instance.name] = "its last deploy was not finished"
        elif instance.name in now.gone:
            result[instance.name] = "the file of its socket is gone"
        elif to_mend(wrong.get(instance.name, [])):
            result[instance.name] = f"{OTHERWISE} ({to_mend(wrong[instance.name])})"
    return result


def _wrong(declared: Declaration, now: Current, place: Place) -> dict[str, list[Difference]]:
    """What the processes of each instance do not have as their units and settings say."""
    app, texts = declared.app, unit_texts(declared, place)
    found = {}
    for one in app.instances:
        sizing = declared.sizings[one.name]
        service, socket = (texts[app.layout.unit(one.name, kind)] for kind in ("service", "socket"))
        goal = wanted(service, socket, one.bind, sizing.worker_class, sizing.workers)
        found[one.name] = differences(goal, now.live.get(one.name, Live()), now.ceiling)
    return found


def _changes(app: App, plan: Plan, requirements_known: bool, release_commands: bool) -> Sequence[str]:
    layout = app.layout
    changes = [_left(unit) for unit in plan.leftovers]
    if plan.create_user:
        changes.append(f"create user {app.user}")
    if plan.create_home:
        changes.append(f"create {layout.home}")
    if plan.add_source:
        changes.append(f"add source below {layout.sources}")
    if plan.build_venv:
        unknown = "" if requirements_known else ", unless the new source asks for the same packages"
        changes.append(f"build virtual environment below {layout.venvs}{unknown}")
    if plan.build:
        changes += [f"run build command: {command}" for command in app.build]
    if plan.add_release:
        changes.append(f"add release below {layout.releases}")
    if plan.finish and release_commands:
        changes += [f"run release command: {command}" for command in app.release]
    changes += [f"stop and disable {unit}" for unit in plan.remove_units]
    changes += [change.summary for change in plan.files]
    changes += [f"enable {unit}" for unit in plan.enable]
    changes += [f"renew {unit}" for unit in plan.renew_sockets]
    changes += [f"start {unit}" for unit in plan.start_sockets]
    for instance, reason in plan.activate.items():
        verb = "start" if reason.startswith("it is ") else "restart"
        changes.append(f"{verb} {layout.unit(instance, 'service')}: {reason}")
    if plan.finish:
        changes.append(f"point {layout.current} to the release")
    return changes


def _left(unit: str) -> str:
    return f"remove {unit}: a deploy that was killed left it behind"
