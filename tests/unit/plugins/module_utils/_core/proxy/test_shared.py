# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.limits import Limits
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.listeners import (
    capped_backlog,
    groups,
    listening,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.log_format import UTF8
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.shared import render_files
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.site import (
    Route,
    Site,
    Surroundings,
    Tls,
    Upstream,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.validate import validate_sites

V4 = Surroundings(ipv6=False)
TLS = Tls("/a.pem", "/a.key")


def site(name, *hosts, route="/", **more):
    upstream = Upstream(f"gunicorn.{name}.web", f"unix:/run/gunicorn/{name}/web.sock")
    return Site(name, (upstream,), (Route(route, upstream.name),), tuple(hosts), **more)


def said(sites, default_site="reject", around=V4):
    return {socket.address: (socket.owner, socket.parameters) for socket in listening(sites, around, default_site, 99)}


@pytest.mark.parametrize(
    ("sites", "default_site", "expected"),
    [
        pytest.param(
            [site("a", "a.x"), site("b", "b.x")], "reject", {"80": ("", " default_server backlog=99")}, id="nobody's"
        ),
        pytest.param(
            [site("a", "a.x"), site("b")],
            "reject",
            {"80": ("b", " default_server backlog=99")},
            id="the one without a name",
        ),
        pytest.param(
            [site("a", "a.x"), site("b", "b.x")],
            "keep",
            {"80": ("a", " backlog=99")},
            id="keep: first says the backlog",
        ),
        pytest.param(
            [site("a", "a.x"), site("b", "b.x", listen=("127.0.0.1:80",))],
            "reject",
            {"80": ("", " default_server backlog=99"), "127.0.0.1:80": ("", " default_server")},
            id="no second socket beside the wildcard",
        ),
        pytest.param(
            [site("a", "a.x", listen=("127.0.0.1:80",))],
            "reject",
            {"127.0.0.1:80": ("", " default_server backlog=99")},
            id="address alone",
        ),
        pytest.param(
            [site("a", "a.x", tls=TLS), site("b")],
            "reject",
            {"80": ("b", " default_server backlog=99"), "443": ("", " default_server backlog=99")},
            id="each socket for itself",
        ),
    ],
)
def test_listening(sites, default_site, expected):
    assert said(sites, default_site) == expected


def test_listening_ipv6():
    assert set(said([site("a", "a.x")], around=Surroundings())) == {"80", "[::]:80"}


def test_groups_put_the_root_first():
    root, api = site("shop", "x"), site("api", "x", route="/api/")
    (group,) = groups([api, root])
    assert (group.owner.name, [guest.name for guest in group.guests]) == ("shop", ["api"])


@pytest.mark.parametrize(
    ("sites", "default_site", "message"),
    [
        pytest.param(
            [site("a", "x"), site("b", "x")], "reject", "the route / of a and the route / of b", id="one route"
        ),
        pytest.param([site("a"), site("b")], "reject", "the route / of a and the route / of b", id="two default sites"),
        pytest.param(
            [site("a", "x", "y"), site("b", "y", route="/b/")],
            "reject",
            "b.server_name: contains 'y', which a also serves",
            id="some names",
        ),
        pytest.param(
            [site("a", "x"), site("b", "x", route="/b/", listen=("81",))],
            "reject",
            "b.proxy.listen: differs",
            id="ports differ",
        ),
        pytest.param(
            [site("a", "x"), site("b", "x", route="/b/", tls=TLS)], "reject", "b.proxy.tls: differs", id="TLS differs"
        ),
        pytest.param([site("a")], "keep", "a.server_name: is missing", id="nameless beside a kept default site"),
        pytest.param(
            [site("a", "x", tls=TLS), site("b", "y", listen=("443",))],
            "reject",
            "b.proxy: uses plain HTTP on 443",
            id="protocol",
        ),
    ],
)
def test_validate_sites_refuses(sites, default_site, message):
    with pytest.raises(InputError, match=message):
        validate_sites("gunicorn_apps", sites, default_site)


@pytest.mark.parametrize(
    "sites",
    [
        pytest.param([], id="none"),
        pytest.param([site("a", "x"), site("b", "y")], id="two names"),
        pytest.param([site("a", "x"), site("b", "x", route="/b/")], id="two routes of one name"),
        pytest.param([site("a", "x"), site("b", "x", "y", listen=("81",))], id="one name on two ports"),
        pytest.param([site("a"), site("b", listen=("81",), route="/b/")][:1], id="default site"),
    ],
)
def test_validate_sites_accepts(sites):
    validate_sites("gunicorn_apps", sites, "reject")


def test_files():
    files = render_files([site("a", "x"), site("b", "x", route="/b/", tls=None)], V4, "reject", 99, "/d")
    assert list(files) == ["/d/00-gunicorn.conf", "/d/gunicorn-a.conf", "/d/gunicorn-b.conf"]
    assert "location /b/ {" in files["/d/gunicorn-a.conf"]
    assert "return 444;" in files["/d/00-gunicorn.conf"]
    assert all(text.startswith("# Managed by Ansible (wsgiops.gunicorn).") for text in files.values())


def test_no_sites_need_no_files():
    assert render_files([], V4, "reject", 99, "/d") == {}


def test_unknown_names_get_no_tls_either():
    shared = render_files([site("a", "x", tls=TLS)], V4, "reject", 99, "/d")["/d/00-gunicorn.conf"]
    plain, encrypted = shared.split("server {")[1:]
    assert "listen 80 default_server backlog=99;" in plain and "return 444;" in plain
    assert "listen 443 ssl default_server backlog=99;" in encrypted
    assert "ssl_reject_handshake on;" in encrypted and "return 421;" in encrypted


def test_trusted_proxies():
    shared = render_files([site("a", "x")], Surroundings(trusted_proxies=("10.0.0.0/8",)), "keep", 99, "/d")[
        "/d/00-gunicorn.conf"
    ]
    assert "10.0.0.0/8 1;" in shared
    assert "1:https https;" in shared
    assert "return 444;" not in shared


def test_the_default_server_bounds_what_precedes_a_name():
    limits = Limits(client_header_timeout=7)
    for one in ([site("a", "x")], [site("a", "x", tls=TLS)]):
        shared = render_files(one, Surroundings(limits=limits), "reject", 99, "/d")["/d/00-gunicorn.conf"]
        assert shared.count("client_header_timeout 7s;") == shared.count("underscores_in_headers off;")
        assert (
            shared.count("underscores_in_headers off;") == shared.count("server {") == len((one[0].tls and "ab") or "a")
        )


@pytest.mark.parametrize(
    ("given", "valid"),
    [
        (b"", True),
        (b"Mozilla/5.0 (X11)", True),
        ("Grüße 🎉".encode(), True),
        (b"\xff", False),
        (b"ok\xc3", False),
        (b"\xc0\xaf", False),
        (b"\xed\xa0\x80", False),
        (b"\xf4\x90\x80\x80", False),
    ],
)
def test_utf8_pattern_agrees_with_python(given, valid):
    assert bool(re.match(UTF8.replace("*$", r"*\Z").encode(), given)) is valid


@pytest.mark.parametrize(
    ("backlog", "somaxconn", "said"),
    [(2048, 4096, 0), (4096, 4096, 0), (8192, 4096, 1), (8192, 0, 0)],
    ids=["roomy", "equal", "cut", "unknown"],
)
def test_capped_backlog(backlog: int, somaxconn: int, said: int) -> None:
    found = capped_backlog(backlog, somaxconn)
    assert len(found) == said
    assert all(f"gunicorn_host_load.backlog: {backlog}" in one.fix for one in found)
