# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.limits import Limits
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.server import render_guest, render_site
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.site import (
    Route,
    Site,
    Static,
    Surroundings,
    Tls,
    Upstream,
    covers,
    site_from_data,
    site_to_data,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.validate import validate_site

WEB = Upstream("gunicorn.shop.web", "unix:/run/gunicorn/shop/web.sock", 5, 65)
SHOP = Site("shop", (WEB,), (Route("/", WEB.name),), server_names=("shop.example.com",))
TLS = Tls("/etc/ssl/shop.pem", "/etc/ssl/shop.key")
HERE = Surroundings()
HIDDEN = 'location ~ "/\\."'


def blocks(text):
    """The configuration as nested (words, children): what nginx makes of it, as far as these tests need it."""
    stack = [[]]
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("#") or not line:
            continue
        if line.endswith("{"):
            stack[-1].append((line[:-1].strip(), []))
            stack.append(stack[-1][-1][1])
        elif line == "}":
            stack.pop()
        else:
            assert line.endswith(";"), line
            stack[-1].append((line[:-1], None))
    assert len(stack) == 1
    return stack[0]


def words(block):
    return [line for line, inner in block if inner is None]


def inner(block, head):
    found = [children for line, children in block if line == head]
    assert len(found) == 1, f"{head}: {[line for line, _children in block]}"
    return found[0]


def server(site, around=HERE, guests=(), listeners=None):
    return [
        children for line, children in blocks(render_site(site, around, listeners or {}, guests)) if line == "server"
    ]


def test_plain_site():
    (only,) = server(SHOP)
    assert words(only)[:4] == ["listen 80", "listen [::]:80", "server_name shop.example.com", "server_tokens off"]
    location = words(inner(only, "location /"))
    assert "proxy_pass http://gunicorn.shop.web" in location
    assert "proxy_read_timeout 65s" in location
    assert not any(line.startswith("proxy_set_header") for line in location), "it would inherit none from the server"
    headers = words(only)
    assert "proxy_set_header X-Forwarded-For $remote_addr" in headers
    assert "proxy_set_header Host $host$gunicorn_port" in headers
    assert 'proxy_set_header Remote-User ""' in headers
    assert "proxy_buffering on" in words(only)
    assert not any("set_real_ip_from" in line for line in words(only))


@pytest.mark.parametrize(
    ("site", "around", "expected"),
    [
        pytest.param(SHOP, Surroundings(ipv6=False), ["listen 80"], id="no IPv6"),
        pytest.param(replace(SHOP, listen=("127.0.0.1:8080",)), HERE, ["listen 127.0.0.1:8080"], id="one address"),
        pytest.param(replace(SHOP, server_names=()), HERE, ['server_name ""'], id="any name"),
        pytest.param(replace(SHOP, buffering=False), HERE, ["proxy_buffering off"], id="unbuffered app"),
        pytest.param(replace(SHOP, access_log=False), HERE, ["access_log off"], id="no log"),
        pytest.param(replace(SHOP, client_max_body_size="20m"), HERE, ["client_max_body_size 20m"], id="body size"),
        pytest.param(
            replace(SHOP, headers=(("X-A", 'b"; return 200 "'),)),
            HERE,
            ['add_header "X-A" "b\\"; return 200 \\"" always'],
            id="header is quoted",
        ),
        pytest.param(
            SHOP,
            Surroundings(trusted_proxies=("10.0.0.0/8",)),
            ["set_real_ip_from 10.0.0.0/8", "real_ip_header X-Forwarded-For", "real_ip_recursive on"],
            id="behind a load balancer",
        ),
    ],
)
def test_server_says(site, around, expected):
    (only,) = server(site, around)
    assert [line for line in words(only) if line in expected] == expected


def test_redirect_to_tls():
    plain, encrypted = server(replace(SHOP, tls=TLS))
    assert words(inner(plain, "location /")) == ["return 308 https://$host$request_uri"]
    assert words(encrypted)[:2] == ["listen 443 ssl", "listen [::]:443 ssl"]
    assert {"http2 on", "ssl_protocols TLSv1.2 TLSv1.3", 'ssl_certificate "/etc/ssl/shop.pem"'} <= set(words(encrypted))


def test_redirect_names_another_port():
    plain, _encrypted = server(replace(SHOP, tls=replace(TLS, listen=("8443",))))
    assert words(inner(plain, "location /")) == ["return 308 https://$host:8443$request_uri"]


def test_tls_beside_plain_and_older_nginx():
    (only,) = server(replace(SHOP, tls=replace(TLS, redirect=False, hsts=60)), Surroundings(http2_directive=False))
    assert words(only)[:4] == ["listen 80", "listen [::]:80", "listen 443 ssl http2", "listen [::]:443 ssl http2"]
    assert "http2 on" not in words(only)
    assert 'add_header "Strict-Transport-Security" "max-age=60" always' in words(only)


def test_streaming_route():
    stream = replace(SHOP, routes=(*SHOP.routes, Route("/events/", WEB.name, streaming=True)))
    (only,) = server(stream)
    location = words(inner(only, "location /events/"))
    assert {
        "proxy_buffering off",
        "proxy_read_timeout 3600s",
        "proxy_set_header Connection $gunicorn_connection",
    } <= set(location)
    assert "proxy_buffering off" not in words(inner(only, "location /"))


def test_route_without_slash_is_a_segment():
    (only,) = server(replace(SHOP, routes=(Route("/api", WEB.name),)))
    assert words(inner(only, "location = /api")) == words(inner(only, "location /api/"))
    assert words(inner(only, "location /")) == ["return 404"]


def test_static_never_opens_what_lies_beside():
    (only,) = server(replace(SHOP, static=(Static("/static/", "/srv/a b/public/"),)))
    location = inner(only, "location /static/")
    assert 'alias "/srv/a b/public/"' in words(location)
    assert words(inner(location, HIDDEN)) == ["return 404"]


def test_static_files_of_the_other_release():
    """Pages of two releases are in browsers around a deploy; what is hidden in one is hidden in both."""
    (only,) = server(replace(SHOP, static=(Static("/st+a.x/", "/srv/shop/current/src/s/", "/srv/shop/beside/src/s/"),)))
    location = inner(only, "location /st+a.x/")
    assert "error_page 404 = @gunicorn_shop_static_0" in words(location)
    assert words(inner(location, HIDDEN)) == ["return 404"]
    fallback = inner(only, "location @gunicorn_shop_static_0")
    assert r"rewrite ^/st\+a\.x/(.*)$ /$1 break" in words(fallback)
    assert 'root "/srv/shop/beside/src/s"' in words(fallback)
    assert words(inner(fallback, 'if ($uri ~ "/\\.")')) == ["return 404"]


@pytest.mark.parametrize(
    ("static", "more", "expected"),
    [
        pytest.param(Static("/s/", "/w/s/"), {}, ["if_not_owner"], id="somewhere on the host"),
        pytest.param(
            Static("/s/", "/a b/shared/s/", trusted="/a b/shared"),
            {},
            ['if_not_owner "from=/a b/shared"'],
            id="written by the app",
        ),
        pytest.param(
            Static("/s/", "/c/src/s/", "/b/src/s/", released=True, trusted="/c/src", trusted_beside="/b/src"),
            {},
            ['on "from=/c/src"', 'on "from=/b/src"'],
            id="in a release",
        ),
        pytest.param(Static("/s/", "/w/s/"), {"static_links": True}, ["off"], id="declared"),
    ],
)
def test_links(static, more, expected):
    text = render_site(replace(SHOP, static=(static,), **more), HERE, {})
    assert [line.strip() for line in text.splitlines() if "disable_symlinks" in line] == [
        f"disable_symlinks {item};" for item in expected
    ]


@pytest.mark.parametrize("beside", ["", "/srv/b/"])
def test_private_files_on_request(beside):
    """Hidden ones stay hidden."""
    site = replace(SHOP, static=(Static("/static/", "/srv/a/", beside),))
    assert render_site(site, HERE, {}).count("pyproject") == (2 if beside else 1)
    text = render_site(replace(site, static_all_files=True), HERE, {})
    assert "pyproject" not in text and '"/\\."' in text


def test_upstream_keepalive():
    kept = replace(WEB, keepalive=8, keepalive_timeout=4)
    parsed = blocks(render_site(replace(SHOP, upstreams=(kept,)), HERE, {}))
    assert words(inner(parsed, "upstream gunicorn.shop.web")) == [
        f"server {WEB.address}",
        "keepalive 8",
        "keepalive_timeout 4s",
    ]
    assert 'proxy_set_header Connection ""' in words(inner(inner(parsed, "server"), "location /"))


def test_guest_keeps_its_own_settings():
    api = Upstream("gunicorn.api.web", "127.0.0.1:8000")
    guest = Site(
        "api", (api,), (Route("/api/", api.name, streaming=True),), SHOP.server_names, client_max_body_size="9m"
    )
    (only,) = server(SHOP, guests=[guest])
    location = words(inner(only, "location /api/"))
    assert {"client_max_body_size 9m", "proxy_buffering off", "proxy_pass http://gunicorn.api.web"} <= set(location)
    assert "proxy_buffering on" not in location
    assert [line for line, _children in blocks(render_guest(guest, SHOP))] == ["upstream gunicorn.api.web"]


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("keepalive", [0, 8])
def test_every_location_drops_the_headers_of_clients(streaming, keepalive):
    """A location with one header of its own inherits none."""
    upstream = replace(WEB, keepalive=keepalive, keepalive_timeout=1)
    site = replace(SHOP, upstreams=(upstream,), routes=(Route("/", WEB.name, streaming=streaming),))
    (only,) = server(site)
    location = words(inner(only, "location /"))
    own = [line for line in location if line.startswith("proxy_set_header")]
    inherited = [line for line in words(only) if line.startswith("proxy_set_header")]
    assert len(inherited) > 100
    assert not own or own[: len(inherited)] == inherited
    assert bool(own) is bool(streaming or keepalive)


def test_a_guest_gets_the_headers_that_it_asked_for_and_no_others():
    guest = Site("api", (replace(WEB, name="w"),), (Route("/api/", "w"),), client_headers=("X-Scheme",))
    (only,) = server(SHOP, guests=[guest])
    location = words(inner(only, "location /api/"))
    assert 'proxy_set_header X-Scheme ""' in words(only)
    assert 'proxy_set_header X-Scheme ""' not in location
    assert 'proxy_set_header Remote-User ""' in location


@pytest.mark.parametrize(("guests", "ignored"), [([], False), ([replace(SHOP, name="b", routes=())], True)])
def test_redirects_inside_nginx_only_where_an_app_is_alone(guests, ignored):
    (only,) = server(SHOP, guests=guests)
    assert ("proxy_ignore_headers X-Accel-Redirect" in words(only)) is ignored


@pytest.mark.parametrize(
    ("own", "host", "expected"),
    [
        pytest.param({}, Limits(), {"limit_conn gunicorn_clients 1000", "client_body_timeout 60s"}, id="usual"),
        pytest.param(
            {}, Limits(limit_conn=9, send_timeout=8), {"limit_conn gunicorn_clients 9", "send_timeout 8s"}, id="host"
        ),
        pytest.param(
            {"limit_conn": 5, "send_timeout": 7},
            Limits(),
            {"limit_conn gunicorn_clients 5", "send_timeout 7s"},
            id="app",
        ),
        pytest.param({"limit_conn": 0}, Limits(), {"limit_conn gunicorn_clients 65535"}, id="none"),
        pytest.param(
            {},
            Limits(client_header_timeout=3, keepalive_timeout=4, large_client_header_buffers="2 4k"),
            {"client_header_timeout 3s", "keepalive_timeout 4s", "large_client_header_buffers 2 4k"},
            id="before the request",
        ),
    ],
)
def test_limits(own, host, expected):
    (only,) = server(replace(SHOP, **own), Surroundings(limits=host))
    assert expected <= set(words(only))


def test_every_server_reads_headers_strictly():
    plain, encrypted = server(replace(SHOP, tls=TLS))
    for one in (plain, encrypted):
        assert {"underscores_in_headers off", "ignore_invalid_headers on"} <= set(words(one))


@pytest.mark.parametrize(("query", "name"), [(False, "gunicorn_json"), (True, "gunicorn_json_query")])
def test_queries_are_logged_on_request(query, name):
    (only,) = server(replace(SHOP, log_query=query))
    assert f"access_log /var/log/nginx/gunicorn-shop.access.log {name}" in words(only)


def test_listeners_follow_their_socket():
    (only,) = server(SHOP, listeners={"80": " default_server backlog=9"})
    assert words(only)[:2] == ["listen 80 default_server backlog=9", "listen [::]:80"]


@pytest.mark.parametrize(
    ("prefix", "path", "answer"),
    [
        ("/", "/a", True),
        ("/a/", "/a/b", True),
        ("/a/", "/ab", False),
        ("/a", "/a", True),
        ("/a", "/a/b", True),
        ("/a", "/ab", False),
    ],
)
def test_covers(prefix, path, answer):
    assert covers(prefix, path) is answer


def test_a_site_survives_the_journey():
    site = replace(SHOP, tls=TLS, static=(Static("/s/", "/s/"),), headers=(("A", "b"),), client_headers=("X-Scheme",))
    assert site_from_data(json.loads(json.dumps(site_to_data(site)))) == site


@pytest.mark.parametrize(
    ("site", "message"),
    [
        pytest.param(replace(SHOP, name="a/../b"), "gunicorn_apps.shop: is not a valid app name", id="name"),
        pytest.param(replace(SHOP, server_names=("a", "a")), "contains a host name twice", id="name twice"),
        pytest.param(replace(SHOP, server_names=("a;b",)), r"server_name\[0\]: is not a valid host", id="host name"),
        pytest.param(replace(SHOP, listen=()), "proxy.listen: must contain", id="no port"),
        pytest.param(replace(SHOP, listen=("80", "0.0.0.0:80")), "an address twice", id="port twice"),
        pytest.param(replace(SHOP, listen=("80", "80x")), "not a port", id="port"),
        pytest.param(replace(SHOP, tls=replace(TLS, listen=("80",))), "contains port 80", id="TLS and plain"),
        pytest.param(
            replace(SHOP, tls=replace(TLS, key="shop.key")), "tls.key: must be an absolute path", id="relative key"
        ),
        pytest.param(replace(SHOP, tls=replace(TLS, certificate="/a$b")), "certificate: contains a '\\$'", id="dollar"),
        pytest.param(replace(SHOP, tls=replace(TLS, hsts=-1)), "hsts: must not be negative", id="hsts"),
        pytest.param(replace(SHOP, headers=(("X A", "b"),)), "headers.X A: is not a header name", id="header name"),
        pytest.param(replace(SHOP, headers=(("X-A", "b\nc"),)), "X-A: contains a line break", id="header value"),
        pytest.param(replace(SHOP, client_max_body_size="9x"), "client_max_body_size", id="size"),
        pytest.param(replace(SHOP, static_expires="soon"), "static_expires", id="expires"),
        pytest.param(replace(SHOP, streaming_timeout=0), "streaming_timeout", id="time-out"),
        pytest.param(replace(SHOP, send_timeout=0), "proxy.send_timeout: must be from 1", id="send time-out"),
        pytest.param(replace(SHOP, client_body_timeout=0), "proxy.client_body_timeout: must", id="body time-out"),
        pytest.param(replace(SHOP, limit_conn=65536), "proxy.limit_conn: must be from 1 to 65535", id="connections"),
        pytest.param(replace(SHOP, client_headers=("Remote-Usr",)), "Did you mean 'Remote-User'", id="unknown header"),
        pytest.param(
            replace(SHOP, server_names=(), tls=TLS), "tls.redirect: needs server_name", id="redirect to any host"
        ),
        pytest.param(
            replace(SHOP, upstreams=(replace(WEB, address="unix:/a b"),)), "not a unix: socket", id="upstream"
        ),
        pytest.param(replace(SHOP, upstreams=(replace(WEB, keepalive=-1),)), "keepalive", id="keepalive"),
        pytest.param(replace(SHOP, routes=(Route("a", WEB.name),)), "does not begin with '/'", id="route"),
        pytest.param(replace(SHOP, static=(Static("/s/", "/srv/s"),)), "Both must end with '/'", id="static traversal"),
        pytest.param(replace(SHOP, static=(Static("/s", "/srv/s/"),)), "Both must end with '/'", id="static URL"),
        pytest.param(
            replace(SHOP, static=(Static("/s/", "srv/s/"),)), "must be an absolute path", id="static relative"
        ),
        pytest.param(
            replace(SHOP, static=(Static("/", "/srv/s/"),)),
            "the route / of shop and the static files /",
            id="one place",
        ),
        pytest.param(
            replace(SHOP, routes=(Route("/a", WEB.name), Route("/a/", WEB.name))),
            "are the same location in nginx",
            id="routes /a and /a/",
        ),
    ],
)
def test_validate_site_refuses(site, message):
    with pytest.raises(InputError, match=message):
        validate_site("gunicorn_apps.shop", site)


def test_validate_site_accepts():
    validate_site("gunicorn_apps.shop", replace(SHOP, tls=TLS, static=(Static("/static/", "/srv/static/"),)))
