# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy import words as text


@pytest.mark.parametrize(
    ("given", "quoted"),
    [
        pytest.param("plain", '"plain"', id="plain"),
        pytest.param("a b", '"a b"', id="space"),
        pytest.param("a;} server {", '"a;} server {"', id="syntax is only text"),
        pytest.param('a"; return 200 "x', '"a\\"; return 200 \\"x"', id="quote cannot close"),
        pytest.param("a\\", '"a\\\\"', id="trailing backslash cannot hide the end"),
        pytest.param('\\"', '"\\\\\\""', id="backslash and quote"),
        pytest.param("it's # ü", '"it\'s # ü"', id="comment, apostrophe, other letters"),
        pytest.param("", '""', id="empty"),
    ],
)
def test_quote(given, quoted):
    assert text.quote("x", given) == quoted


@pytest.mark.parametrize("given", ["$host", "a${b}", "a\nb", "a\rb", "a\0b", "\x7f", 3, None, ["a"]])
def test_quote_refuses(given):
    with pytest.raises(InputError, match=r"^where: "):
        text.quote("where", given)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("shop.example.com", "shop.example.com"),
        ("Shop.Example.COM", "shop.example.com"),
        ("*.example.com", "*.example.com"),
        ("localhost", "localhost"),
        ("192.0.2.7", "192.0.2.7"),
        ("my_host", "my_host"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_server_name(given, name):
    assert text.server_name("x", given) == name


@pytest.mark.parametrize(
    "given",
    [
        "",
        "_",
        "a b",
        "a;",
        "a{",
        "~^(.*)$",
        "a..b",
        ".a",
        "a.",
        "-a",
        "a-",
        "*",
        "a.*",
        "a*.b",
        "bücher.de",
        "a\n",
        "$a",
        "a" * 64,
        "a." * 127 + "a",
    ],
)
def test_server_name_refuses(given):
    with pytest.raises(InputError, match="server_name"):
        text.server_name("server_name", given)


@pytest.mark.parametrize("given", ["/", "/events/", "/api", "/a/b.c/~d@e:f+g=h,i-j_k/", "/.well-known/acme-challenge/"])
def test_url_prefix(given):
    assert text.url_prefix("x", given) == given


@pytest.mark.parametrize(
    "given",
    [
        "",
        "events/",
        "/a b",
        "/a;",
        "/a{b}",
        "/a$b",
        '/a"',
        "/a'",
        "/a\\b",
        "/a\n",
        "/ä",
        "/a%20b",
        "/a//b",
        "/a/../b",
        "/..",
        "/a?b",
        "/a#b",
        "/a*",
        "/(a)",
        None,
    ],
)
def test_url_prefix_refuses(given):
    with pytest.raises(InputError, match="routes"):
        text.url_prefix("routes", given)


@pytest.mark.parametrize(
    ("given", "ipv6", "sockets"),
    [
        pytest.param("80", True, ("80", "[::]:80"), id="port"),
        pytest.param("80", False, ("80",), id="port without IPv6"),
        pytest.param(8080, True, ("8080", "[::]:8080"), id="number"),
        pytest.param("0.0.0.0:80", True, ("80", "[::]:80"), id="every address"),
        pytest.param("127.0.0.1:8080", True, ("127.0.0.1:8080",), id="IPv4"),
        pytest.param("[0:0::1]:8080", True, ("[::1]:8080",), id="IPv6, canonical"),
        pytest.param("[::]:80", True, ("[::]:80",), id="every IPv6 address"),
    ],
)
def test_listen_address(given, ipv6, sockets):
    assert text.listen_address("x", given).sockets(ipv6) == sockets


@pytest.mark.parametrize(
    "given",
    [
        "",
        "0",
        "65536",
        ":80",
        "*:80",
        "localhost:80",
        "80;",
        "80 default_server",
        "127.0.0.1",
        "::1:80",
        "[127.0.0.1]:80",
        "1.2.3.400:80",
        "unix:/x",
        "80\n",
    ],
)
def test_listen_address_refuses(given):
    with pytest.raises(InputError, match="listen"):
        text.listen_address("listen", given)


@pytest.mark.parametrize("given", ["0", "1m", "20M", "512k", "1g", "1048576"])
def test_body_size(given):
    assert text.body_size("x", given) == given


@pytest.mark.parametrize("given", ["", "1mb", "1 m", "-1", "1.5m", "m", "1m;", "1m\n"])
def test_body_size_refuses(given):
    with pytest.raises(InputError, match="size"):
        text.body_size("x", given)


@pytest.mark.parametrize("given", ["1h", "30d", "3600", "max", "off", "epoch", "1M"])
def test_expires(given):
    assert text.expires("x", given) == given


@pytest.mark.parametrize("given", ["", "1h30m;", "forever", "-1", "@15h", "modified +1h", "1h\n"])
def test_expires_refuses(given):
    with pytest.raises(InputError, match="time"):
        text.expires("x", given)


@pytest.mark.parametrize(
    ("given", "network"),
    [("10.0.0.0/8", "10.0.0.0/8"), ("192.0.2.1", "192.0.2.1/32"), ("2001:db8::/32", "2001:db8::/32")],
)
def test_network(given, network):
    assert text.network("x", given) == network


@pytest.mark.parametrize("given", ["", "10.0.0.1/8", "lb.example.com", "unix:", "10.0.0.0/8; allow all", "all"])
def test_network_refuses(given):
    with pytest.raises(InputError, match="address or network"):
        text.network("x", given)


@pytest.mark.parametrize("given", ["relative/x", "/a/../b", "/a$b", "/a\nb", ""])
def test_absolute_path_refuses(given):
    with pytest.raises(InputError):
        text.absolute_path("x", given)


@pytest.mark.parametrize(
    "given",
    [
        *("10.0.0.0/8", "192.168.1.7", "172.16.0.0/12", "100.64.0.0/10", "fc00::/7", "::1", "fe80::/10"),
        *("104.16.0.0/13", "172.64.0.0/13", "2606:4700::/32", "2600:9000::/28", "203.0.113.9"),
    ],
)
def test_proxy_network(given):
    assert text.proxy_network("x", given) == text.network("x", given)


@pytest.mark.parametrize(
    "given",
    [
        "0.0.0.0/0",
        "::/0",
        "0.0.0.0/1",
        "128.0.0.0/1",
        "0.0.0.0/8",
        "8.0.0.0/8",
        "::/1",
        "2000::/3",
        "2600::/12",
        "8000::/1",
    ],
)
def test_proxy_network_refuses_strangers(given):
    with pytest.raises(InputError, match="whoever connects from there"):
        text.proxy_network("gunicorn_proxy_trusted_proxies[0]", given)
