# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to change for a release that is on disk to be the live one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import FileState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan import Plan
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan_release import plan_release
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.current import AppState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.release import Release, Service

SHOP = Layout("shop")
UNITS = "/etc/systemd/system"
WEB = ("gunicorn-shop-web.socket", "gunicorn-shop-web.service")
API = ("gunicorn-shop-api.socket", "gunicorn-shop-api.service")
OLD = ("gunicorn-shop-old.socket", "gunicorn-shop-old.service")
TEXTS = {unit: f"text of {unit} in r1\n" for unit in (*WEB, *API)}


def service(name: str, unit: str) -> Service:
    return Service(name, unit, TEXTS[unit], f"unix:/run/gunicorn/shop/{name}.sock", 2, "gthread", False)


GOAL = Release(
    release="r1",
    units=TEXTS,
    services=(service("web", WEB[1]), service("api", API[1])),
    health=Health(),
    gunicorn="23.0.0",
    app="shop.wsgi:application",
    source=f"{SHOP.home}/src/s1",
    venv=f"{SHOP.home}/venvs/v1",
)
RUNS = {"ActiveState": "active", "UnitFileState": "enabled"}


def state(content: str) -> FileState:
    return FileState(content, 0o644, "root", "root")


def files(texts: Mapping[str, str]) -> dict[str, FileState]:
    return {f"{UNITS}/{unit}": state(text) for unit, text in texts.items()}


# The app runs from another release, whose units are the same.
NOW = AppState(
    user=True,
    own_user=True,
    build_user=True,
    group=True,
    home=True,
    current="r2",
    manifests={},
    layers=frozenset(),
    unit_files=files(TEXTS),
    units=dict.fromkeys(TEXTS, RUNS),
    running={"web": SHOP.release("r2"), "api": SHOP.release("r2")},
)


def plan(now: AppState = NOW, goal: Release = GOAL) -> Plan:
    return plan_release(SHOP, goal, now)


def changes(now: AppState = NOW) -> list[str]:
    return [str(change) for change in plan(now).changes]


def with_unit(unit: str, **found: str) -> AppState:
    return replace(NOW, units={**NOW.units, unit: {**RUNS, **found}})


def test_the_same_units() -> None:
    """Every instance starts anew, even where no file differs: its processes are of the other release."""
    it = plan()
    assert (it.app, it.release, it.finish, it.changed) == ("shop", "r1", True, True)
    assert list(it.activate) == ["web", "api"]
    assert (it.files, it.remove_units, it.enable, it.renew_sockets, it.start_sockets) == ((), (), (), (), ())
    assert [(change.verb, change.subject) for change in it.changes] == [
        ("restart", WEB[1]),
        ("restart", API[1]),
        ("point", SHOP.current),
    ]


def test_nothing_is_built_or_declared() -> None:
    it = plan()
    built = (it.create_user, it.create_home, it.add_source, it.build_venv, it.add_release, it.build)
    assert not any((*built, it.purge, it.remove_user, it.remove_home, it.fixes))


@pytest.mark.parametrize(
    ("unit", "renewed"),
    [
        pytest.param(WEB[0], (WEB[0],), id="socket"),
        pytest.param(WEB[1], (), id="service"),
    ],
)
def test_a_unit_that_differs(unit: str, renewed: tuple[str, ...]) -> None:
    now = replace(NOW, unit_files={**NOW.unit_files, **files({unit: "text of r2\n"})})
    it = plan(now)
    assert [(change.path, change.after and change.after.content) for change in it.files] == [
        (f"{UNITS}/{unit}", TEXTS[unit])
    ]
    assert (it.renew_sockets, it.start_sockets) == (renewed, ())
    assert changes(now)[0] == f"update {UNITS}/{unit}"


def test_another_owner_is_put_right_without_a_new_socket_file() -> None:
    """The socket is renewed as well: nobody knows what else was done to its unit."""
    found = FileState(TEXTS[WEB[0]], 0o600, "root", "root")
    it = plan(replace(NOW, unit_files={**NOW.unit_files, f"{UNITS}/{WEB[0]}": found}))
    assert [change.content_changed for change in it.files] == [False]
    assert it.renew_sockets == (WEB[0],)


@pytest.mark.parametrize(
    ("change", "enable", "start"),
    [
        pytest.param({"UnitFileState": "disabled"}, (WEB[0],), (), id="disabled"),
        pytest.param({"UnitFileState": ""}, (WEB[0],), (), id="systemd does not know"),
        pytest.param({"ActiveState": "inactive"}, (), (WEB[0],), id="stopped"),
        pytest.param({"ActiveState": "failed"}, (), (WEB[0],), id="failed"),
    ],
)
def test_a_socket_that_is_not_up(change: dict[str, str], enable: tuple[str, ...], start: tuple[str, ...]) -> None:
    it = plan(with_unit(WEB[0], **change))
    assert (it.enable, it.start_sockets, it.renew_sockets) == (enable, start, ())


def test_a_stopped_socket_whose_unit_differs_is_only_started() -> None:
    now = with_unit(WEB[0], ActiveState="inactive")
    it = plan(replace(now, unit_files={**NOW.unit_files, **files({WEB[0]: "text of r2\n"})}))
    assert (it.start_sockets, it.renew_sockets) == ((WEB[0],), ())


def test_an_instance_that_only_this_release_has() -> None:
    now = replace(
        NOW,
        unit_files=files({unit: TEXTS[unit] for unit in WEB}),
        units=dict.fromkeys(WEB, RUNS),
    )
    it = plan(now)
    assert [(change.path, change.before) for change in it.files] == [(f"{UNITS}/{unit}", None) for unit in API]
    assert (it.enable, it.start_sockets, it.renew_sockets) == (API, (API[0],), ())


def test_an_instance_that_this_release_has_not() -> None:
    now = replace(
        NOW,
        unit_files={**NOW.unit_files, **files(dict.fromkeys(OLD, "text of r2\n"))},
        units={**NOW.units, **dict.fromkeys(OLD, RUNS)},
    )
    it = plan(now)
    assert it.remove_units == tuple(sorted(OLD))
    assert [(change.path, change.after) for change in it.files] == [(f"{UNITS}/{unit}", None) for unit in sorted(OLD)]
    assert list(it.activate) == ["web", "api"]
    assert changes(now)[:4] == [
        *(f"stop and disable {unit}" for unit in sorted(OLD)),
        *(f"remove {UNITS}/{unit}" for unit in sorted(OLD)),
    ]


def test_leftovers_of_a_killed_deploy_go() -> None:
    left = ("gunicorn-shop-web-standin.service",)
    assert plan(replace(NOW, leftovers=left)).leftovers == left
