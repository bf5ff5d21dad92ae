# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release as its manifest and its units tell it."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import (
    InstanceRecord,
    Manifest,
    SourceRecord,
    VenvRecord,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.release import Release, release_of

SHOP = Layout("shop")
WEB, API = ("gunicorn-shop-web.service", "gunicorn-shop-api.service")


def text(*directives: str) -> str:
    return "\n".join(["# Managed", "", "[Unit]", "Description=x", "", "[Service]", "User=gunicorn-shop", *directives])


UNITS = {
    WEB: text("TimeoutStopSec=65"),
    "gunicorn-shop-web.socket": "[Socket]\n",
    API: text("TimeoutStopSec=35"),
    "gunicorn-shop-api.socket": "[Socket]\n",
}
MANIFEST = Manifest(
    id="r1",
    app="shop.wsgi:application",
    instances={
        "web": InstanceRecord("unix:/run/gunicorn/shop/web.sock", "gthread", 5, 4),
        "api": InstanceRecord("127.0.0.1:8443", "asgi", 2, 1, tls=True),
    },
    health=Health("/healthz", status=(200, 204)),
    venv=VenvRecord("/srv/gunicorn/shop/venvs/v1", gunicorn="23.0.0"),
    source=SourceRecord(kind="git", value="https://h/x.git", path="/srv/gunicorn/shop/src/s1"),
)


def made(manifest: Manifest = MANIFEST, **units: str) -> Release:
    return release_of(SHOP, manifest, {**UNITS, **units})


def test_what_the_manifest_says() -> None:
    goal = made()
    assert (goal.release, goal.app, goal.gunicorn) == ("r1", "shop.wsgi:application", "23.0.0")
    assert (goal.source, goal.venv) == ("/srv/gunicorn/shop/src/s1", "/srv/gunicorn/shop/venvs/v1")
    assert goal.units == UNITS


def test_each_instance() -> None:
    web, api = made().services
    assert (web.name, web.unit, web.socket, web.text) == ("web", WEB, "gunicorn-shop-web.socket", UNITS[WEB])
    assert (web.bind, web.workers, web.worker_class, web.tls) == (
        "unix:/run/gunicorn/shop/web.sock",
        5,
        "gthread",
        False,
    )
    assert (api.bind, api.workers, api.worker_class, api.tls) == ("127.0.0.1:8443", 2, "asgi", True)
    assert (web.stop, api.stop) == (65, 35)


@pytest.mark.parametrize(
    ("directives", "stop"),
    [
        pytest.param(["TimeoutStopSec=65"], 65, id="the role's own"),
        pytest.param(["TimeoutStopSec=65", "TimeoutStopSec=90"], 90, id="the last one holds"),
        pytest.param(["TimeoutStopSec=2min"], 120, id="with a unit"),
        pytest.param(["TimeoutStopSec=1min 30s"], 90, id="with two units"),
        pytest.param(["TimeoutStopSec=90.0"], 90, id="a fraction"),
        pytest.param(["TimeoutStopSec=infinity"], 0, id="no end"),
        pytest.param(["TimeoutStopSec=0"], 0, id="no end, as a number"),
        pytest.param(["TimeoutStopSec=soon"], 0, id="what systemd passes over"),
        pytest.param([], 0, id="not said"),
    ],
)
def test_stop(directives: list[str], stop: int) -> None:
    """Users write systemd's own spans of time there; whoever waits for old workers waits that long."""
    web, _api = made(**{WEB: text(*directives)}).services
    assert web.stop == stop


def test_health() -> None:
    assert made().health == MANIFEST.health


@pytest.mark.parametrize(
    ("source", "foreign"),
    [
        pytest.param(SourceRecord(kind="git", value="https://h/x.git", path="/srv/s1"), "", id="kept in the release"),
        pytest.param(SourceRecord(kind="none", path="/srv/s1"), "", id="packages only"),
        pytest.param(
            SourceRecord(kind="path", value="/opt/shop", path="/opt/shop/sub"), "/opt/shop", id="somebody else's"
        ),
    ],
)
def test_foreign(source: SourceRecord, foreign: str) -> None:
    assert made(MANIFEST._replace(source=source)).foreign == foreign


def test_deployed() -> None:
    goal = made()
    app = goal.deployed(SHOP)
    assert (app.name, app.user, app.layout, app.instances) == ("shop", "gunicorn-shop", SHOP, goal.services)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [({"api": "why"}, ["api"]), ({"api": "", "web": ""}, ["web", "api"]), ({"gone": ""}, []), ({}, [])],
)
def test_only(asked: dict[str, str], expected: list[str]) -> None:
    assert [service.name for service in made().only(asked)] == expected
