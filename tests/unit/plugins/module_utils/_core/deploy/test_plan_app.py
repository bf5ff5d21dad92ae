# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to change for an app to be as declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import FileState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import conf_path
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan_app import (
    plan_absent_app,
    plan_app,
    without_fixes,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.observed import Ceiling, Live
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.current import AppState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.declaration import Declaration
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import (
    Manifest,
    SourceRecord,
    Unusable,
    VenvRecord,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.units import service_unit, socket_unit

Make = Callable[..., App]
Declare = Callable[..., Declaration]

HOME = "/srv/gunicorn/shop"
SOURCE = f"{HOME}/src/s1"
VENV = f"{HOME}/venvs/v1"
RELEASE = f"{HOME}/releases/r1"
UNITS = "/etc/systemd/system"
SOCKET, SERVICE = "gunicorn-shop-web.socket", "gunicorn-shop-web.service"
PRISTINE = AppState(
    user=False,
    own_user=False,
    build_user=False,
    group=False,
    home=False,
    current="",
    manifests={},
    layers=frozenset(),
    unit_files={},
    units={},
    running={},
)


def state(content: str) -> FileState:
    return FileState(content, 0o644, "root", "root")


def converged(declared: Declaration) -> AppState:
    """The host after a deploy of the declaration."""
    app = declared.app
    place = declared.place(RELEASE, SOURCE, VENV, "23.0.0")
    files, units = {}, {}
    for one in app.instances:
        files[app.layout.unit_path(one.name, "socket")] = state(socket_unit(app, one, place))
        service = service_unit(app, one, place, declared.sizings[one.name])
        files[app.layout.unit_path(one.name, "service")] = state(service)
        for kind in ("socket", "service"):
            units[app.layout.unit(one.name, kind)] = {"ActiveState": "active", "UnitFileState": "enabled"}
    manifest = Manifest(
        key=declared.release_key or "",
        created="2026-01-01",
        layers=(SOURCE, VENV, RELEASE),
        source=SourceRecord(path=SOURCE),
        venv=VenvRecord(
            path=VENV, key=declared.venv_key or "", digest="v1", lock="gunicorn==23.0.0\n", gunicorn="23.0.0"
        ),
    )
    return AppState(
        user=True,
        own_user=True,
        build_user=True,
        group=True,
        home=True,
        current="r1",
        manifests={"r1": manifest},
        layers=frozenset({SOURCE, VENV, RELEASE}),
        unit_files=files,
        units=units,
        running={one.name: conf_path(RELEASE, one.name) for one in app.instances},
    )


@pytest.fixture
def git(make_app: Make, declare: Declare) -> Declaration:
    return declare(make_app(source={"git": "https://h/x.git"}, build=["make css"], release=["migrate"]))


def test_pristine(git: Declaration) -> None:
    plan = plan_app(git, PRISTINE)
    assert tuple(map(str, plan.changes)) == (
        "create user gunicorn-shop",
        "create user gunibuild-shop",
        f"create {HOME}",
        f"add source below {HOME}/src",
        f"build virtual environment below {HOME}/venvs",
        "run build command: make css",
        f"add release below {HOME}/releases",
        "run release command: migrate",
        f"create {UNITS}/{SOCKET}",
        f"create {UNITS}/{SERVICE}",
        f"enable {SOCKET}",
        f"enable {SERVICE}",
        f"start {SOCKET}",
        f"start {SERVICE}: it is not there",
        f"point {HOME}/current to the release",
    )
    assert plan.release is None
    assert plan.changed


def test_converged_is_left_alone(git: Declaration) -> None:
    plan = plan_app(git, converged(git))
    assert plan.changes == ()
    assert not plan.changed
    assert (plan.release, plan.finish, plan.activate, plan.files) == ("r1", False, {}, ())


@pytest.mark.parametrize("name", ["r1", "r0"])
def test_release_that_cannot_be_read(git: Declaration, name: str) -> None:
    """It is refused where it is live or runs: nothing could put it back."""
    now = converged(git)
    unusable = {name: Unusable("/r/manifest.json", "it is not JSON")}
    assert plan_app(git, replace(now, unusable={"r9": unusable[name]})).changes == ()
    with pytest.raises(HostError, match=f"release {name} of shop is live, but its manifest is damaged"):
        plan_app(git, replace(now, unusable=unusable, running={"web": f"{HOME}/releases/{name}/gunicorn-web.conf.py"}))


def test_app_whose_releases_cannot_be_read_can_go(git: Declaration) -> None:
    now = replace(PRISTINE, home=True, unusable={"r1": Unusable("/r/manifest.json", "it is not JSON")})
    assert plan_absent_app(git.app, now).remove_home


def service(**state: str) -> Callable[[AppState], AppState]:
    return lambda now: replace(now, units={**now.units, SERVICE: {**now.units[SERVICE], **state}})


def unit_file(name: str, content: str) -> Callable[[AppState], AppState]:
    return lambda now: replace(now, unit_files={**now.unit_files, f"{UNITS}/{name}": state(content)})


def without_units(*names: str) -> Callable[[AppState], AppState]:
    return lambda now: replace(now, units={unit: state for unit, state in now.units.items() if unit not in names})


@pytest.mark.parametrize(
    ("drift", "changes"),
    [
        pytest.param(lambda now: replace(now, user=False), ["create user gunicorn-shop"], id="no user"),
        pytest.param(lambda now: replace(now, group=False), ["create user gunicorn-shop"], id="no group"),
        pytest.param(lambda now: replace(now, home=False), [f"create {HOME}"], id="no home"),
        pytest.param(service(ActiveState="failed"), [f"start {SERVICE}: it is failed"], id="failed service"),
        pytest.param(service(ActiveState="activating"), [], id="still starting"),
        pytest.param(service(UnitFileState="disabled"), [f"enable {SERVICE}"], id="disabled"),
        pytest.param(
            service(NeedDaemonReload="yes"),
            [f"restart {SERVICE}: systemd has loaded an older version of the unit file"],
            id="unit not loaded",
        ),
        pytest.param(
            lambda now: replace(now, running={"web": conf_path(f"{HOME}/releases/r0", "web")}),
            [f"restart {SERVICE}: the running process belongs to another release"],
            id="process of another release",
        ),
        pytest.param(
            lambda now: replace(now, current="r0"),
            [
                "run release command: migrate",
                f"restart {SERVICE}: the last deploy was not finished",
                f"point {HOME}/current to the release",
            ],
            id="deploy not finished",
        ),
        pytest.param(
            unit_file(SERVICE, "[Service]\n"),
            [f"update {UNITS}/{SERVICE}", f"restart {SERVICE}: its units changed"],
            id="edited service unit",
        ),
        pytest.param(
            unit_file(SOCKET, "[Socket]\n"),
            [f"update {UNITS}/{SOCKET}", f"renew {SOCKET}", f"restart {SERVICE}: its units changed"],
            id="edited socket unit",
        ),
        pytest.param(
            lambda now: replace(now, damaged=frozenset({SOURCE})),
            [
                f"replace {SOURCE}: files in it were changed on this host",
                f"add source below {HOME}/src",
                "run build command: make css",
                f"add release below {HOME}/releases",
                "run release command: migrate",
                f"update {UNITS}/{SERVICE}",
                f"restart {SERVICE}: there is a new release",
                f"point {HOME}/current to the release",
            ],
            id="code that was edited on the host",
        ),
        pytest.param(without_units(SOCKET), [f"enable {SOCKET}", f"start {SOCKET}"], id="dead socket"),
        pytest.param(
            unit_file("gunicorn-shop-old.socket", "x"),
            ["stop and disable gunicorn-shop-old.socket", f"remove {UNITS}/gunicorn-shop-old.socket"],
            id="instance that is no longer declared",
        ),
    ],
)
def test_drift(git: Declaration, drift: Callable[[AppState], AppState], changes: list[str]) -> None:
    assert [*map(str, plan_app(git, drift(converged(git))).changes)] == changes


REBUILD = [
    f"add release below {HOME}/releases",
    "run release command: migrate",
    f"update {UNITS}/{SERVICE}",
    f"restart {SERVICE}: there is a new release",
    f"point {HOME}/current to the release",
]


@pytest.mark.parametrize(
    ("declared", "lost", "kept"),
    [
        pytest.param({"source_id": "s2"}, set(), "venv", id="new code reuses the venv"),
        pytest.param({"secrets_id": "x"}, set(), "both", id="new secrets reuse both"),
        pytest.param({"requirements_id": "r2"}, set(), "source", id="new requirements reuse the source"),
        pytest.param({"source_id": None}, set(), "venv", id="unknown source"),
        pytest.param({}, {VENV}, "source", id="venv gone"),
        pytest.param({}, {SOURCE}, "venv", id="source gone"),
        pytest.param({}, {RELEASE}, "both", id="release gone"),
    ],
)
def test_layers(git: Declaration, declared: dict[str, Any], lost: set[str], kept: str) -> None:
    now = converged(git)
    plan = plan_app(replace(git, **declared), replace(now, layers=now.layers - lost))
    expected = [f"add source below {HOME}/src"] if kept == "venv" else []
    expected += [f"build virtual environment below {HOME}/venvs"] if kept == "source" else []
    assert [*map(str, plan.changes)] == [*expected, "run build command: make css", *REBUILD]
    assert plan.release is None


def test_upgrade_resolves_again(git: Declaration) -> None:
    plan = plan_app(git, converged(git), upgrade=True)
    assert (plan.release, plan.build_venv, plan.add_release, plan.add_source) == (None, True, True, False)


def test_built_release_is_taken(git: Declaration) -> None:
    now = converged(git)
    manifest = now.manifests["r1"]._replace(key="another")
    plan = plan_app(git, replace(now, manifests={"r1": manifest}), upgrade=True, built="r1")
    assert plan.changes == ()


def test_rolled_back_release_is_put_back(git: Declaration) -> None:
    now = converged(git)
    other = now.manifests["r1"]._replace(key="another")
    plan = plan_app(git, replace(now, current="r0", manifests={**now.manifests, "r0": other}, running={"web": "r0"}))
    assert plan.release == "r1"
    assert not plan.add_release
    assert plan.activate["web"].because == "the running process belongs to another release"


def test_own_venv_is_never_built(make_app: Make, declare: Declare) -> None:
    plan = plan_app(declare(make_app(source={"path": "/srv/x", "venv": "/srv/v"})), PRISTINE)
    assert (plan.add_source, plan.build_venv, plan.add_release) == (False, False, True)


def test_packages_have_no_source(make_app: Make, declare: Declare) -> None:
    plan = plan_app(declare(make_app()), PRISTINE)
    assert (plan.add_source, plan.build_venv) == (False, True)


def test_only_the_instance_that_differs_is_restarted(make_app: Make, declare: Declare) -> None:
    declared = declare(make_app(instances={"web": {}, "stream": {"routes": ["/events/"]}}))
    now = converged(declared)
    plan = plan_app(declared, replace(now, running={**now.running, "stream": ""}))
    assert list(plan.activate) == ["stream"]


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        pytest.param(Live(workers=5, limits={"LimitNOFILE": 8192}), {}, id="as declared"),
        pytest.param(
            Live(workers=6, limits={"LimitNOFILE": 8192}),
            {"web": "running processes differ from the declaration (workers 6, declared 5)"},
            id="another number of workers",
        ),
        pytest.param(Live(workers=6, scaled=6), {}, id="scaled"),
        pytest.param(Live(workers=5, limits={"LimitNOFILE": 100}), {}, id="what a restart does not mend"),
        pytest.param(Live(workers=5, queue=5), {}, id="what needs another socket"),
    ],
)
def test_live(git: Declaration, live: Live, expected: dict[str, str]) -> None:
    now = replace(converged(git), live={"web": live}, ceiling=Ceiling(4096, {"LimitNOFILE": 100}))
    plan = plan_app(git, now)
    assert {name: change.because for name, change in plan.activate.items()} == expected
    assert plan.restarted_to_fix == set(expected)
    assert plan.changed == bool(expected)


def test_what_an_earlier_start_did_not_mend(git: Declaration) -> None:
    """Otherwise every run would restart it."""
    live = Live(workers=6, restarted_for=("workers",))
    plan = plan_app(git, replace(converged(git), live={"web": live}))
    assert plan.changes == ()


def test_a_socket_whose_file_is_gone(git: Declaration) -> None:
    plan = plan_app(git, replace(converged(git), missing_sockets=frozenset({"web"})))
    assert plan.renew_sockets == (SOCKET,)
    assert tuple(map(str, plan.changes)) == (f"renew {SOCKET}", f"restart {SERVICE}: its socket file is missing")


def test_a_deploy_says_that_the_number_goes(git: Declaration) -> None:
    plan = plan_app(git, replace(converged(git), live={"web": Live(workers=9, scaled=9)}, current="r0"))
    assert f"scale {SERVICE} to 5 workers (was 9)" in map(str, plan.changes)


@pytest.mark.parametrize(
    ("damaged", "kinds"),
    [
        pytest.param({"damaged": frozenset({SOURCE})}, {"unit-file"}, id="what was changed in the files says why"),
        pytest.param({"current": "gone"}, {"not-deployed", "deploy-unfinished"}, id="only current"),
        pytest.param(
            {"current": "gone", "damaged": frozenset({f"{HOME}/src/old"})},
            {"not-deployed", "deploy-unfinished"},
            id="files of a release that is no longer used",
        ),
    ],
)
def test_kinds_of_a_deploy(git: Declaration, damaged: dict[str, Any], kinds: set[str]) -> None:
    plan = plan_app(git, replace(converged(git), **damaged))
    assert {change.kind for change in plan.changes} - {""} == kinds


def test_a_second_look(git: Declaration) -> None:
    """What a second look found to run as declared after all is not said; what was done beside it is."""
    now = replace(converged(git), live={"web": Live(workers=6)}, units={})
    plan = plan_app(git, replace(converged(git), live={"web": Live(workers=6)}, leftovers=("old.service",)))
    assert [change.verb for change in plan.changes] == ["remove", "restart"]
    assert [change.verb for change in without_fixes(plan)] == ["remove"]
    down = plan_app(git, now)
    assert without_fixes(down) == down.changes


@pytest.mark.parametrize(
    ("purge", "changes"),
    [
        pytest.param(
            False, [f"remove everything except shared/ below {HOME}", "remove user gunibuild-shop"], id="data is kept"
        ),
        pytest.param(
            True,
            [f"remove everything below {HOME}", "remove user gunicorn-shop", "remove user gunibuild-shop"],
            id="purge",
        ),
    ],
)
def test_absent(make_app: Make, declare: Declare, purge: bool, changes: list[str]) -> None:
    now = converged(declare(make_app()))
    plan = plan_absent_app(make_app(state="absent", app=None, source=None, purge=purge), now)
    assert [*map(str, plan.changes)] == [
        f"stop and disable {SERVICE}",
        f"stop and disable {SOCKET}",
        f"remove {UNITS}/{SERVICE}",
        f"remove {UNITS}/{SOCKET}",
        *changes,
    ]
    assert plan.remove_home


def test_an_account_of_somebody_else_stays(make_app: Make, declare: Declare) -> None:
    now = replace(converged(declare(make_app())), own_user=False, build_user=False)
    plan = plan_absent_app(make_app(state="absent", app=None, source=None, purge=True), now)
    assert not plan.remove_user
    assert not plan.remove_build_user
    assert not any("remove user" in str(change) for change in plan.changes)


@pytest.mark.parametrize(
    ("purge", "now", "changed"),
    [
        pytest.param(False, PRISTINE, False, id="never was there"),
        pytest.param(True, PRISTINE, False, id="never was there, purge"),
        pytest.param(False, replace(PRISTINE, user=True, group=True, home=True), False, id="only data is left"),
        pytest.param(True, replace(PRISTINE, user=True, group=True, home=True), True, id="data is left, purge"),
        pytest.param(False, replace(PRISTINE, home=True, layers=frozenset({VENV})), True, id="a layer is left"),
    ],
)
def test_absent_again(make_app: Make, purge: bool, now: AppState, changed: bool) -> None:
    app = make_app(state="absent", app=None, source=None, purge=purge)
    assert plan_absent_app(app, now).changed is changed


@pytest.mark.parametrize(
    ("options", "created"),
    [
        pytest.param({}, False, id="nothing is built"),
        pytest.param({"upgrade": True}, True, id="the requirements are resolved again"),
    ],
)
def test_the_build_user_is_created_for_a_build(
    make_app: Make, declare: Declare, options: dict[str, Any], created: bool
) -> None:
    """A host of an earlier version has none."""
    now = replace(converged(declare(make_app())), build_user=False)
    plan = plan_app(declare(make_app(**options)), now)
    assert plan.create_build_user is created


def test_a_build_that_is_there_is_not_run_again(git: Declaration) -> None:
    """Other settings make another release of the same build."""
    now = converged(git)
    slower = replace(git, app=replace(git.app, hooks="gunicorn_hooks.py"))
    assert "run build command: make css" in map(str, plan_app(slower, now).changes)
    made = replace(now, layers=now.layers | {f"{HOME}/src/{slower.build_id(VENV)}"})
    assert "run build command: make css" not in map(str, plan_app(slower, made).changes)
    assert f"add release below {HOME}/releases" in map(str, plan_app(slower, made).changes)


@pytest.mark.parametrize(
    ("damaged", "expected"),
    [
        (set(), SOURCE),
        ({VENV}, SOURCE),
        ({SOURCE}, f"{SOURCE}.1"),
        ({SOURCE, f"{SOURCE}.1"}, f"{SOURCE}.2"),
    ],
)
def test_whole(git: Declaration, damaged: set[str], expected: str) -> None:
    """Nothing is built over files that a process may still use."""
    assert replace(converged(git), damaged=frozenset(damaged)).usable_path(SOURCE) == expected


def test_sound(git: Declaration) -> None:
    now = converged(git)
    assert list(now.sound) == ["r1"]
    assert list(replace(now, damaged=frozenset({VENV})).sound) == []
