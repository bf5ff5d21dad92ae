# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From declared apps to the sites that nginx serves for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.normalize import normalize
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.options import APP_OPTIONS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.sites import site_of, sites
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.site import Route, Site, Static, Tls

WEB, EVENTS = "gunicorn.shop.web", "gunicorn.shop.events"
TWO = {"web": {}, "events": {"routes": ["/events"], "bind": "127.0.0.1:8001"}}
BEHIND_TLS = {"certificate": "/etc/ssl/shop.pem", "key": "/etc/ssl/shop.key"}

Make = Callable[..., App]


@pytest.fixture
def proxied(make_app: Make) -> Callable[..., App]:
    """An app with these options of its proxy filled in, as Ansible does."""
    spec = APP_OPTIONS["proxy"]["options"]

    def make(proxy: Mapping[str, Any] | None = None, **given: Any) -> App:
        return make_app(
            proxy={key: (proxy or {}).get(key, option.get("default")) for key, option in spec.items()}, **given
        )

    return make


def site(app: App) -> Site:
    return site_of("gunicorn_apps.shop", app)


def tls(**given: Any) -> dict[str, Any]:
    return {**BEHIND_TLS, "listen": ["443"], "redirect": True, "hsts": 0, **given}


# ---- which apps have a site --------------------------------------------------------------------------------------


@pytest.fixture
def several(app_options: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, App]]:
    def make(**apps: Mapping[str, Any]) -> dict[str, App]:
        return normalize(
            "gunicorn_apps", {name: app_options(server_name=[f"{name}.org"], **given) for name, given in apps.items()}
        )

    return make


@pytest.mark.parametrize(
    ("apps", "expected"),
    [
        pytest.param({}, [], id="none"),
        pytest.param({"shop": {}, "blog": {}}, ["blog", "shop"], id="by name"),
        pytest.param({"shop": {"state": "absent"}, "blog": {}}, ["blog"], id="absent"),
        pytest.param({"shop": {"proxy": {"enabled": False}}, "blog": {}}, ["blog"], id="without a proxy"),
        pytest.param(
            {"shop": {"proxy": {"enabled": False}, "instances": {"queue": {}}}}, [], id="without a proxy or a route"
        ),
    ],
)
def test_sites(several: Callable[..., dict[str, App]], apps: dict[str, Any], expected: list[str]) -> None:
    assert [one.name for one in sites("gunicorn_apps", several(**apps), "reject")] == expected


@pytest.mark.parametrize(
    ("apps", "variable"),
    [
        pytest.param(
            {"shop": {"proxy": {"static_expires": "soon"}}}, "gunicorn_apps.shop.proxy.static_expires", id="of one site"
        ),
        pytest.param(
            {"shop": {"proxy": {"headers": {"X-A": "$host"}}}}, "gunicorn_apps.shop.proxy.headers.X-A", id="a variable"
        ),
        pytest.param(
            {"shop": {}, "blog": {"instances": {"queue": {}}}}, "gunicorn_apps.blog.instances", id="no route at all"
        ),
    ],
)
def test_sites_that_nginx_cannot_serve(
    several: Callable[..., dict[str, App]], apps: dict[str, Any], variable: str
) -> None:
    with pytest.raises(InputError) as caught:
        sites("gunicorn_apps", several(**apps), "reject")
    assert caught.value.variable == variable


def test_sites_are_compared(app_options: Callable[..., dict[str, Any]]) -> None:
    """Two apps without a host name both want to answer any."""
    apps = normalize("gunicorn_apps", {name: app_options() for name in ("blog", "shop")})
    with pytest.raises(InputError):
        sites("gunicorn_apps", apps, "keep")


# ---- one site ----------------------------------------------------------------------------------------------------


def test_by_default(proxied: Make) -> None:
    app = proxied()
    (upstream,) = site(app).upstreams
    assert site(app) == Site("shop", (upstream,), (Route("/", WEB),))
    assert (upstream.name, upstream.address) == (WEB, "unix:/run/gunicorn/shop/web.sock")
    assert (upstream.connect_timeout, upstream.read_timeout) == (5, 35)


@pytest.mark.parametrize(
    ("proxy", "field", "expected"),
    [
        ({"listen": ["8080", "127.0.0.1:81"]}, "listen", ("8080", "127.0.0.1:81")),
        ({"client_max_body_size": "20m"}, "client_max_body_size", "20m"),
        ({"buffering": False}, "buffering", False),
        ({"streaming_timeout": 60}, "streaming_timeout", 60),
        ({"static_expires": "off"}, "static_expires", "off"),
        ({"access_log": False}, "access_log", False),
        pytest.param({"headers": {"X-A": "1", "X-B": "2"}}, "headers", (("X-A", "1"), ("X-B", "2")), id="headers"),
        pytest.param(
            {"tls": tls(redirect=False, hsts=60)},
            "tls",
            Tls("/etc/ssl/shop.pem", "/etc/ssl/shop.key", ("443",), False, 60),
            id="tls",
        ),
    ],
)
def test_options(proxied: Make, proxy: dict[str, Any], field: str, expected: Any) -> None:
    assert getattr(site(proxied(proxy)), field) == expected


def test_server_names(proxied: Make) -> None:
    assert site(proxied(server_name=["Shop.Example.com", "*.shop.org"])).server_names == (
        "shop.example.com",
        "*.shop.org",
    )


def test_server_names_are_checked(proxied: Make) -> None:
    with pytest.raises(InputError) as caught:
        site(proxied(server_name=["shop.org", "_"]))
    assert caught.value.variable == "gunicorn_apps.shop.server_name[1]"


def test_time_outs_are_those_of_the_instance(proxied: Make) -> None:
    app = proxied(settings={"timeout": 60}, instances={"web": {}, "slow": {"routes": ["/r"], "requests": "report"}})
    assert [one.read_timeout for one in site(app).upstreams] == [65, 65]
    app = proxied(instances={"web": {}, "slow": {"routes": ["/r"], "requests": "report"}})
    assert [one.read_timeout for one in site(app).upstreams] == [35, 125]


def test_an_instance_without_routes_is_not_reached(proxied: Make) -> None:
    app = proxied(instances={"web": {}, "queue": {}})
    assert [one.name for one in site(app).upstreams] == [WEB]


def test_no_instance_is_reached(proxied: Make) -> None:
    with pytest.raises(InputError) as caught:
        site(proxied(instances={"queue": {}, "web": {"routes": []}}))
    assert caught.value.variable == "gunicorn_apps.shop.instances"
    assert "proxy.enabled" in caught.value.hint


@pytest.mark.parametrize(
    ("static", "expected"),
    [
        pytest.param(
            {"/static/": "static"},
            Static(
                "/static/",
                "/srv/gunicorn/shop/current/src/static/",
                "/srv/gunicorn/shop/beside/src/static/",
                released=True,
                trusted="/srv/gunicorn/shop/current/src",
                trusted_beside="/srv/gunicorn/shop/beside/src",
            ),
            id="in the release: the one beside it serves it as well",
        ),
        pytest.param(
            {"/media/": "{shared}/media"},
            Static("/media/", "/srv/gunicorn/shop/shared/media/", trusted="/srv/gunicorn/shop/shared"),
            id="kept data",
        ),
        pytest.param({"/x/": "/var/www/x/"}, Static("/x/", "/var/www/x/"), id="elsewhere"),
    ],
)
def test_static(proxied: Make, static: dict[str, str], expected: Static) -> None:
    assert site(proxied(static=static)).static == (expected,)


# ---- connections that are kept -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keepalive", "settings", "kept", "idle"),
    [
        pytest.param(0, {}, 0, 0, id="none"),
        pytest.param(0, {"keepalive": 0}, 0, 0, id="none, and Gunicorn keeps none"),
        pytest.param(8, {}, 8, 1, id="nginx closes first, by Gunicorn's own default"),
        pytest.param(8, {"keepalive": 2}, 8, 1, id="the least"),
        pytest.param(8, {"keepalive": 75}, 8, 74, id="declared"),
        pytest.param(8, {"worker_class": "sync"}, 0, 0, id="sync closes every connection"),
        pytest.param(8, {"worker_class": "sync", "keepalive": 0}, 0, 0, id="sync, whatever it is set to"),
    ],
)
def test_keepalive(proxied: Make, keepalive: int, settings: dict[str, Any], kept: int, idle: int) -> None:
    (upstream,) = site(proxied({"keepalive": keepalive}, settings=settings)).upstreams
    assert (upstream.keepalive, upstream.keepalive_timeout) == (kept, idle)


@pytest.mark.parametrize("seconds", [0, 1])
def test_keepalive_that_gunicorn_ends_first(proxied: Make, seconds: int) -> None:
    with pytest.raises(InputError) as caught:
        site(proxied({"keepalive": 8}, settings={"keepalive": seconds}))
    assert caught.value.variable == "gunicorn_apps.shop.proxy.keepalive"
    assert "web" in caught.value.problem
    assert "settings.keepalive" in caught.value.hint


# ---- routes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("streaming", "expected"),
    [
        pytest.param([], [Route("/", WEB), Route("/events", EVENTS)], id="none"),
        pytest.param(["/events"], [Route("/", WEB), Route("/events", EVENTS, streaming=True)], id="a route of its own"),
        pytest.param(
            ["/events/live"],
            [Route("/", WEB), Route("/events", EVENTS), Route("/events/live", EVENTS, streaming=True)],
            id="below a route: of the nearest instance",
        ),
        pytest.param(
            ["/eventsource"],
            [Route("/", WEB), Route("/events", EVENTS), Route("/eventsource", WEB, streaming=True)],
            id="begins like a route",
        ),
        pytest.param(
            ["/"],
            [Route("/", WEB, streaming=True), Route("/events", EVENTS, streaming=True)],
            id="covers every route below it",
        ),
        pytest.param(
            ["/events/live", "/events/live/all"],
            [
                Route("/", WEB),
                Route("/events", EVENTS),
                Route("/events/live", EVENTS, streaming=True),
                Route("/events/live/all", EVENTS, streaming=True),
            ],
            id="one below the other",
        ),
    ],
)
def test_streaming(proxied: Make, streaming: list[str], expected: list[Route]) -> None:
    assert list(site(proxied({"streaming": streaming}, instances=TWO)).routes) == expected


@pytest.mark.parametrize(
    ("streaming", "position"),
    [
        pytest.param(["/other"], 0, id="served by nobody"),
        pytest.param(["/events", "/"], 1, id="above the only route"),
        pytest.param(["/events", "/events/../x"], 1, id="what nginx resolves"),
        pytest.param(["events"], 0, id="no path"),
    ],
)
def test_streaming_that_nobody_serves(proxied: Make, streaming: list[str], position: int) -> None:
    app = proxied({"streaming": streaming}, instances={"web": {"routes": ["/events"]}})
    with pytest.raises(InputError) as caught:
        site(app)
    assert caught.value.variable == f"gunicorn_apps.shop.proxy.streaming[{position}]"
