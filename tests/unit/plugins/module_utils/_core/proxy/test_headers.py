# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which headers of clients reach the app: the maps are evaluated here as nginx does, and by nginx in tests/system."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.headers import (
    DROPPED,
    NEVER,
    SET,
    UNDERSCORES,
    known_header,
    render_request_variables,
    request_headers,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.words import HEADER_NAME

MAP = re.compile(r"map (\S+|\"[^\"]*\") \$(\w+) \{\n(.*?)\n\}", re.DOTALL)
LB = ("10.0.0.0/8",)


def expand(text: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda match: variables.get(match[1], ""), text.strip('"'))


def evaluated(lines: list[str], request: Mapping[str, str]) -> dict[str, str]:
    """What nginx makes of the maps: an equal string wins, then the first pattern, then the default."""
    variables = dict(request)
    for source, name, body in MAP.findall("\n".join(lines)):
        value = expand(source, variables)
        rows = [
            (key.strip('"'), result) for key, result in re.findall(r"^ *(\"[^\"]*\"|\S+) (.*);$", body, re.MULTILINE)
        ]
        chosen = next((result for key, result in rows if key == value), None)
        for key, result in rows if chosen is None else ():
            found = re.search(key[1:].replace("(?<", "(?P<"), value) if key.startswith("~") else None
            if found:
                variables.update({group: text for group, text in found.groupdict().items() if text is not None})
                chosen = result
                break
        variables[name] = expand(chosen if chosen is not None else dict(rows)["default"], variables)
    return variables


@pytest.mark.parametrize(
    ("host", "server_port", "options", "more", "port", "forwarded"),
    [
        pytest.param("x", "80", {}, {}, "", "80", id="usual"),
        pytest.param("x:80", "80", {}, {}, ":80", "80", id="default port, written"),
        pytest.param("x:31337", "80", {}, {}, "", "80", id="port of another app of the host"),
        pytest.param("x:080", "80", {}, {}, "", "80", id="written differently"),
        pytest.param("x:8080", "8080", {}, {}, ":8080", "8080", id="where it listens"),
        pytest.param("x:80", "8080", {}, {}, ":8080", "8080", id="not where it listens"),
        pytest.param("x", "8080", {}, {}, "", "80", id="forwarded from the default port"),
        pytest.param("x", "443", {}, {"scheme": "https"}, "", "443", id="TLS"),
        pytest.param("x:31337", "443", {}, {"scheme": "https"}, "", "443", id="TLS, another port"),
        pytest.param("x:18081", "80", {"public_ports": [18081]}, {}, ":18081", "18081", id="published"),
        pytest.param("x:8081", "80", {"public_ports": [18081]}, {}, "", "80", id="ends like a published one"),
        pytest.param("[::1]:8080", "8080", {}, {}, ":8080", "8080", id="IPv6"),
        pytest.param("[::1]", "80", {}, {}, "", "80", id="IPv6 without a port"),
        pytest.param("x", "80", {}, {"http_x_forwarded_port": "1"}, "", "80", id="a client's own claim"),
        pytest.param(
            "x:8443", "80", {"trusted_proxies": LB}, {"gunicorn_trusted": "1"}, ":8443", "8443", id="balancer"
        ),
        pytest.param(
            "x",
            "80",
            {"trusted_proxies": LB},
            {"gunicorn_trusted": "1", "http_x_forwarded_proto": "https"},
            "",
            "443",
            id="balancer with TLS",
        ),
        pytest.param(
            "x",
            "80",
            {"trusted_proxies": LB},
            {"gunicorn_trusted": "1", "http_x_forwarded_port": "8443"},
            "",
            "8443",
            id="balancer says its port",
        ),
        pytest.param(
            "x:99",
            "80",
            {"trusted_proxies": LB},
            {"gunicorn_trusted": "0", "http_x_forwarded_port": "8443", "http_x_forwarded_proto": "https"},
            "",
            "80",
            id="past the balancer",
        ),
    ],
)
def test_ports(
    host: str, server_port: str, options: dict[str, object], more: dict[str, str], port: str, forwarded: str
) -> None:
    lines = render_request_variables(**{"trusted_proxies": (), "trusted_headers": (), "public_ports": (), **options})
    request = {"http_host": host, "server_port": server_port, "scheme": "http", **more}
    variables = evaluated(lines, request)
    assert (variables["gunicorn_port"], variables["gunicorn_forwarded_port"]) == (port, forwarded)


@pytest.mark.parametrize(
    "name",
    [
        *("Remote-User", "X-Remote-User", "X-Forwarded-User", "X-Forwarded-Server", "X-Forwarded-Scheme", "Forwarded"),
        *("X-Forwarded-Prefix", "X-Scheme", "X-Original-URL", "X-Rewrite-URL", "X-Client-IP", "True-Client-IP"),
        *("X-HTTP-Method-Override", "X-Original-Method", "X-Forwarded-Ssl", "X-Forwarded-Protocol", "Client-Cert"),
        *("X-SSL-Client-Verify", "X-WEBAUTH-USER", "X-Auth-Request-User", "CF-Connecting-IP", "Tailscale-User-Login"),
    ],
)
def test_clients_cannot_claim(name: str) -> None:
    assert f'{known_header("x", name)} ""' in request_headers((), ())


def test_the_table() -> None:
    names = [name.lower() for name in (*DROPPED, *SET, *NEVER, *UNDERSCORES)]
    assert len(set(names)) == len(names)
    assert all(HEADER_NAME.fullmatch(name) for name in names)
    credentials = {"authorization", "cookie", "x-api-key", "x-auth-token", "x-csrftoken", "origin", "referer"}
    assert not credentials & set(names), "the app checks these itself"


def test_an_app_may_want_what_clients_send() -> None:
    lines = request_headers(["X-HTTP-Method-Override"], ())
    assert not [line for line in lines if line.startswith("X-HTTP-Method-Override")]
    assert 'X-HTTP-Method ""' in lines


def test_from_balancers_alone() -> None:
    lines = render_request_variables(LB, ["X-Forwarded-User"], ())
    assert "X-Forwarded-User $gunicorn_trusted_x_forwarded_user" in request_headers((), ["X-Forwarded-User"])
    for trusted, expected in (("1", "root"), ("0", "")):
        request = {"gunicorn_trusted": trusted, "http_x_forwarded_user": "root"}
        assert evaluated(lines, request)["gunicorn_trusted_x_forwarded_user"] == expected


@pytest.mark.parametrize(
    ("given", "hint"),
    [("X-Forwarded-Usr", "X-Forwarded-User"), ("Authorization", "Allowed: "), ("Proxy", ""), ("SCRIPT_NAME", "")],
)
def test_unknown_headers(given: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        known_header("gunicorn_apps.shop.proxy.client_headers[0]", given)
    assert hint in caught.value.hint


def test_names_are_spelled_as_in_the_table() -> None:
    assert known_header("x", "x-FORWARDED-user") == "X-Forwarded-User"
