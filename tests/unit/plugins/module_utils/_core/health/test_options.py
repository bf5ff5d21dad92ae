# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom the module gunicorn_health asks."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.options import (
    HEALTH_CHECK_OPTIONS,
    HEALTH_OPTIONS,
    Url,
    check_socket,
    choose_instance,
    overridden,
    parse_url,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("http://a.org", Url(False, "a.org:80", "a.org", "/"), id="shortest"),
        pytest.param("https://a.org/x?y=1", Url(True, "a.org:443", "a.org", "/x?y=1"), id="TLS, path, query"),
        pytest.param("http://127.0.0.1:8000/", Url(False, "127.0.0.1:8000", "127.0.0.1:8000", "/"), id="port"),
        pytest.param("https://[::1]:8443/", Url(True, "[::1]:8443", "[::1]:8443", "/"), id="IPv6"),
        pytest.param("http://a.org?x", Url(False, "a.org:80", "a.org", "/?x"), id="query without a path"),
    ],
)
def test_url(url: str, expected: Url) -> None:
    assert parse_url("url", url) == expected


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("ftp://a.org/", "'ftp://a.org/' is not an http or https URL", id="scheme"),
        pytest.param("a.org:80/x", "is not an http or https URL", id="no scheme"),
        pytest.param("http:///x", "is not an http or https URL", id="no host"),
        pytest.param("http://a.org:99999/", "is not a URL: Port out of range", id="port"),
        pytest.param("http://a.org/#x", "has a fragment", id="fragment"),
        pytest.param("http://me:hush@a.org/", "Use `request_headers`", id="password"),
    ],
)
def test_refused_url(url: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_url("url", url)
    assert said in str(caught.value)
    assert "hush" not in str(caught.value)


def test_socket() -> None:
    assert check_socket("socket", "/run/a b.sock") == "unix:/run/a b.sock"


@pytest.mark.parametrize("path", ["run/a.sock", "/run/", "/run/a\n", "/", "", "unix:/run/a"])
def test_refused_socket(path: str) -> None:
    with pytest.raises(InputError, match="is not an absolute path"):
        check_socket("socket", path)


@pytest.mark.parametrize(
    ("wanted", "instances", "expected"),
    [
        pytest.param("", ["stream"], "stream", id="the only one"),
        pytest.param("", ["stream", "web"], "web", id="web"),
        pytest.param("stream", ["stream", "web"], "stream", id="named"),
    ],
)
def test_instance(wanted: str, instances: list[str], expected: str) -> None:
    assert choose_instance("instance", "shop", wanted, dict.fromkeys(instances)) == expected


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        pytest.param("", "instance: is missing, and shop has several instances. Allowed: api, stream.", id="several"),
        pytest.param("wbe", "instance: shop has no instance 'wbe'. Allowed: api, stream.", id="unknown"),
    ],
)
def test_refused_instance(wanted: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        choose_instance("instance", "shop", wanted, {"stream": {}, "api": {}})
    assert str(caught.value) == said


def test_what_is_given_takes_precedence() -> None:
    base = asdict(Health(path="/healthz", host="a.org", within=90.0, body="ok"))
    given = {**dict.fromkeys(HEALTH_CHECK_OPTIONS), "app": "shop", "within": 3.0, "body": "", "attempts": 2}
    assert Health(**overridden(given, base)) == Health(path="/healthz", host="a.org", within=3.0)


def test_options_are_those_of_an_app() -> None:
    assert set(HEALTH_OPTIONS) - set(HEALTH_CHECK_OPTIONS) == {"settle"}
    for name in set(HEALTH_OPTIONS) & set(HEALTH_CHECK_OPTIONS):
        assert HEALTH_CHECK_OPTIONS[name]["type"] == HEALTH_OPTIONS[name]["type"]
        assert "default" not in HEALTH_CHECK_OPTIONS[name], "it would hide what the app's release says"


def test_credentials_are_never_logged() -> None:
    assert HEALTH_CHECK_OPTIONS["request_headers"]["no_log"]
