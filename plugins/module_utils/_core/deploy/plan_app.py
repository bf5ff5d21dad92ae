# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan what must change for an app to match its declaration: declaration and current state in, changes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import (
    ADD_RELEASE,
    ADD_SOURCE,
    BUILD_VENV,
    CREATE,
    CREATE_USER,
    DISABLE,
    ENABLE,
    POINT,
    REMOVE,
    REMOVE_USER,
    RENEW,
    REPLACE,
    RESTART,
    RUN_BUILD,
    RUN_RELEASE,
    SCALE,
    START,
    Change,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import FileChange, plan_absent
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import conf_path
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan import Plan, plan_units
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.differences import (
    Difference,
    declared_by,
    differences,
    fixed_subjects,
    why_restart,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.observed import Live
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.current import AppState, running_releases
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.declaration import (
    UNKNOWN,
    Declaration,
    unit_texts,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import (
    NO_RELEASE,
    Manifest,
    find_lock,
    find_release,
    refuse_unusable,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.units import Place

NOT_DEPLOYED = "not-deployed"
STARTED = ("active", "activating", "reloading")


def plan_app(
    declared: Declaration, now: AppState, *, upgrade: bool = False, built: str = "", release_commands: bool = True
) -> Plan:
    """Return the plan for one app.

    With `upgrade`, earlier resolutions are not reused; `built` is the release that was just built for the declaration.
    Raise HostError if a live release has an unusable manifest.
    """
    app = declared.app
    refuse_unusable(app.name, [now.current, *running_releases(now)], now.unusable)
    layout = app.layout
    found = built or (None if upgrade else find_release(now.sound, declared.release_key, now.current))
    manifest = now.manifests.get(found or "", NO_RELEASE)
    intact = bool(found) and _layers_of(app, manifest) <= now.layers
    release = found if intact else None

    lock = None if upgrade else find_lock(now.manifests, declared.venv_key, now.current)
    has_venv = bool(app.source.venv) or (lock is not None and now.usable_path(layout.venv(lock.digest)) in now.layers)
    needs_source = app.source.kind in ("git", "archive", "local")
    has_source = not needs_source or (
        declared.source_id is not None and now.usable_path(layout.source(declared.source_id)) in now.layers
    )

    venv_path = app.source.venv or (now.usable_path(layout.venv(lock.digest)) if lock else "")
    has_build = (
        bool(venv_path and declared.source_id)
        and now.usable_path(layout.source(declared.build_id(venv_path))) in now.layers
    )

    place = declared.place(layout.release(UNKNOWN), UNKNOWN, UNKNOWN, app.gunicorn_version)
    if release:
        venv = manifest.venv
        place = declared.place(layout.release(release), manifest.source.path, venv.path, venv.gunicorn)
    files = plan_units(unit_texts(declared, place), now.unit_files)
    changed_paths = {change.path for change in files}
    sockets = [(instance.name, layout.unit(instance.name, "socket")) for instance in app.instances]
    live = [(name, unit) for name, unit in sockets if now.units.get(unit, {}).get("ActiveState") == "active"]
    found_differences = _running_differences(declared, now, place) if release else {}
    activate = _activations(app, now, place.release if release else "", changed_paths)
    fixing = _restarts_to_fix(app, found_differences, set(activate))
    starts = {**activate, **fixing}
    plan = Plan(
        app=app.name,
        create_user=not (now.user and now.group),
        create_build_user=not now.build_user and (release is None or app.upgrade),
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
            unit
            for name, unit in live
            if name in now.missing_sockets or layout.unit_path(name, "socket") in changed_paths
        ),
        start_sockets=tuple(unit for name, unit in sockets if (name, unit) not in live),
        activate={one.name: starts[one.name] for one in app.instances if one.name in starts},
        fixes={name: fixed_subjects(found) for name, found in found_differences.items()},
        restarted_to_fix=frozenset(fixing),
        finish=now.current != release,
    )
    requirements_known = declared.venv_key is not None or not now.manifests
    replaced = _replaced(now, plan)
    changes = _changes(app, plan, requirements_known, release_commands, bool(replaced))
    return replace(plan, changes=(*replaced, *changes, *_reset_scaling(declared, now, plan)))


def _reset_scaling(declared: Declaration, now: AppState, plan: Plan) -> list[Change]:
    """A worker count set with `gunicorn_scale` is lost when its master is replaced; say so."""
    scaled = {name: now.live[name].scaled for name in plan.activate if name in now.live}
    return [
        Change(
            SCALE,
            declared.app.layout.unit(name, "service"),
            declared=str(declared.sizings[name].workers),
            running=str(number),
        )
        for name, number in scaled.items()
        if number
    ]


def without_fixes(plan: Plan) -> tuple[Change, ...]:
    """Return the changes of a plan, if it turned out later that the running processes do not differ after all."""
    starts = [plan.activate[name] for name in plan.restarted_to_fix]
    return tuple(change for change in plan.changes if change not in starts)


def _replaced(now: AppState, plan: Plan) -> list[Change]:
    because = "files in it were changed on this host"
    return [Change(REPLACE, path, because) for path in sorted(now.damaged) if plan.add_release]


def plan_absent_app(app: App, now: AppState) -> Plan:
    """Plan to remove the units and everything that a deploy can rebuild; `shared/` and the user only with `purge`."""
    units = tuple(sorted(path.rpartition("/")[2] for path in now.unit_files))
    files = tuple(
        change for path in sorted(now.unit_files) for change in [plan_absent(path, now.unit_files[path])] if change
    )
    remove_home = bool(now.home and (now.manifests or now.unusable or now.current or now.layers or app.purge))
    changes = [_left(unit) for unit in now.leftovers]
    changes += [_stray(unit) for unit in units] + [_unit_file(change) for change in files]
    if remove_home:
        what = "everything below" if app.purge else "everything except shared/ below"
        changes.append(Change(f"remove {what}", app.layout.home, kind="app-undeclared", declared="absent"))
    if now.own_user and app.purge:
        changes.append(Change(REMOVE_USER, app.user))
    if now.build_user:
        changes.append(Change(REMOVE_USER, app.layout.build_user))
    return Plan(
        app=app.name,
        files=files,
        remove_units=units,
        leftovers=now.leftovers,
        activate={},
        purge=app.purge,
        remove_user=now.own_user and app.purge,
        remove_build_user=now.build_user,
        remove_home=remove_home,
        changes=tuple(changes),
    )


def _layers_of(app: App, manifest: Manifest) -> frozenset[str]:
    """Return the layers of the release that are inside the app's home, and so managed by this collection."""
    return frozenset(path for path in manifest.layers if path.startswith(f"{app.layout.home}/"))


def _units(app: App) -> list[str]:
    return [app.layout.unit(instance.name, kind) for instance in app.instances for kind in ("socket", "service")]


def _units_to_remove(app: App, now: AppState) -> tuple[str, ...]:
    """Return the units of instances that are no longer declared; services first, so that no socket restarts them."""
    declared = set(_units(app))
    present = [path.rpartition("/")[2] for path in now.unit_files]
    return tuple(sorted(unit for unit in present if unit not in declared))


def _activations(app: App, now: AppState, release_path: str, changed_paths: set[str]) -> dict[str, Change]:
    """Return the instances to start or restart, and why. `release_path` is '' if the release has not been built yet."""
    result = {}
    for instance in app.instances:
        unit = app.layout.unit(instance.name, "service")
        state = now.units.get(unit, {})
        if state.get("ActiveState") not in STARTED:
            what = state.get("ActiveState") or "not there"
            result[instance.name] = Change(START, unit, f"it is {what}", "service-down", running=what)
        elif not release_path:
            result[instance.name] = Change(RESTART, unit, "there is a new release")
        elif now.running.get(instance.name) != conf_path(release_path, instance.name):
            why = "the running process belongs to another release"
            result[instance.name] = Change(RESTART, unit, why, "stale-process")
        elif {app.layout.unit_path(instance.name, kind) for kind in ("service", "socket")} & changed_paths:
            result[instance.name] = Change(RESTART, unit, "its units changed")
        elif state.get("NeedDaemonReload") == "yes":
            why = "systemd has loaded an older version of the unit file"
            result[instance.name] = Change(RESTART, unit, why, "unit-not-loaded")
        elif release_path.rpartition("/")[2] != now.current:
            result[instance.name] = Change(RESTART, unit, "the last deploy was not finished", "deploy-unfinished")
        elif instance.name in now.missing_sockets:
            result[instance.name] = Change(RESTART, unit, "its socket file is missing", "socket-down")
    return result


def _restarts_to_fix(app: App, found_in: Mapping[str, list[Difference]], started: set[str]) -> dict[str, Change]:
    """Return the instances that are restarted only because their processes differ; drift reports each difference."""
    why = "running processes differ from the declaration"
    return {
        name: Change(RESTART, app.layout.unit(name, "service"), f"{why} ({why_restart(found)})")
        for name, found in found_in.items()
        if name not in started and why_restart(found)
    }


def _running_differences(declared: Declaration, now: AppState, place: Place) -> dict[str, list[Difference]]:
    """Return, by instance, how its processes differ from its units and settings."""
    app, texts = declared.app, unit_texts(declared, place)
    found = {}
    for one in app.instances:
        sizing = declared.sizings[one.name]
        service, socket = (texts[app.layout.unit(one.name, kind)] for kind in ("service", "socket"))
        goal = declared_by(service, socket, one.bind, sizing.worker_class, sizing.workers)
        found[one.name] = differences(goal, now.live.get(one.name, Live()), now.ceiling)
    return found


def _changes(
    app: App, plan: Plan, requirements_known: bool, release_commands: bool, replaced: bool
) -> Iterable[Change]:
    layout = app.layout
    new = "" if replaced else NOT_DEPLOYED  # the changed files are already reported as the reason for a new release
    yield from map(_left, plan.leftovers)
    if plan.create_user:
        yield Change(CREATE_USER, app.user, kind="user-missing")
    if plan.create_build_user:
        yield Change(CREATE_USER, layout.build_user, kind=new)
    if plan.create_home:
        yield Change(CREATE, layout.home, kind="home-missing", declared="present", disk="absent")
    if plan.add_source:
        yield Change(ADD_SOURCE, layout.sources, kind=new)
    if plan.build_venv:
        unknown = "" if requirements_known else "unless the new source requires the same packages"
        yield Change(BUILD_VENV, layout.venvs, unknown, new)
    if plan.build:
        yield from (Change(RUN_BUILD, command, kind=new) for command in app.build)
    if plan.add_release:
        yield Change(ADD_RELEASE, layout.releases, kind=new)
    if plan.finish and release_commands:
        yield from (Change(RUN_RELEASE, command, kind=new) for command in app.release)
    yield from map(_stray, plan.remove_units)
    yield from map(_unit_file, plan.files)
    yield from (Change(ENABLE, unit, kind="not-enabled") for unit in plan.enable)
    yield from (Change(RENEW, unit) for unit in plan.renew_sockets)
    yield from (Change(START, unit, kind="socket-down") for unit in plan.start_sockets)
    yield from plan.activate.values()
    if plan.finish:
        yield Change(POINT, layout.current, kind=new, declared="the release")


def _unit_file(change: FileChange) -> Change:
    return change.change("unit-file" if change.after else "unit-stray")


def _stray(unit: str) -> Change:
    return Change(DISABLE, unit, kind="unit-stray", declared="absent")


def _left(unit: str) -> Change:
    return Change(REMOVE, unit, "a deploy that was killed left it behind", "leftover")
