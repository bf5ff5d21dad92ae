# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The health request: what is refused, and what is sent."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.options import HEALTH_OPTIONS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health, request_bytes
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.validate import (
    check_health,
    check_request_headers,
)

DEFAULTS = {name: option.get("default") for name, option in HEALTH_OPTIONS.items()}


def checked(**given: Any) -> Health:
    return check_health("health.", {**DEFAULTS, **given}, "localhost")


def test_defaults_are_the_same_everywhere() -> None:
    assert checked() == Health()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"path": "/a?b=c&d"}, {"path": "/a?b=c&d"}, id="query"),
        pytest.param({"host": "shop.example.com:8443"}, {"host": "shop.example.com:8443"}, id="port in the host"),
        pytest.param({"status": [200, 204]}, {"status": (200, 204)}, id="status"),
        pytest.param({"headers": {"X-Version": "^2"}}, {"headers": {"X-Version": "^2"}}, id="header"),
        pytest.param({"headers": {"X-Version": None}}, {"headers": {"X-Version": ""}}, id="any value of a header"),
        pytest.param({"headers": {"X-Version": 2}}, {"headers": {"X-Version": "2"}}, id="number as a header"),
        pytest.param({"body": 42}, {"body": "42"}, id="number in the body"),
        pytest.param({"body": r'"ok": *true'}, {"body": r'"ok": *true'}, id="body"),
        pytest.param({"method": "HEAD", "settle": 0.0}, {"method": "HEAD", "settle": 0.0}, id="head, not asked again"),
    ],
)
def test_accepted(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert checked(**given) == Health(**expected)


@pytest.mark.parametrize(
    ("given", "variable", "said"),
    [
        pytest.param({"path": "/a#b"}, "path", "not a URL path", id="fragment"),
        pytest.param({"path": "http://a/"}, "path", "not a URL path", id="whole URL"),
        pytest.param({"timeout": float("nan")}, "timeout", "above 0", id="time-out that is no number"),
        pytest.param({"within": float("inf")}, "within", "at most 86400", id="without end"),
        pytest.param({"settle": -1.0}, "settle", "0 to 86400", id="negative settling time"),
        pytest.param({"successes": 0}, "successes", "1 to 1000", id="no success"),
        pytest.param({"successes": 1001}, "successes", "1 to 1000", id="too many successes"),
        pytest.param({"host": "a b"}, "host", "not a host name", id="space in the host"),
        pytest.param({"body": "("}, "body", "not a regular expression: missing )", id="open group"),
        pytest.param({"body": "a{99999999999}"}, "body", "not a regular expression", id="huge repetition"),
        pytest.param({"body": {"status": "ok"}}, "body", "is a dictionary, not a regular expression", id="dictionary"),
        pytest.param({"body": True}, "body", "is true, not a regular expression. Quote", id="boolean"),
        pytest.param({"body": 1.10}, "body", "is a number (1.1), not", id="version that YAML took for a number"),
        pytest.param({"body": "a", "method": "HEAD"}, "body", "a response to HEAD has no body", id="body of HEAD"),
        pytest.param({"headers": {"X-V": "["}}, "headers.X-V", "'[' is not a regular", id="open set"),
        pytest.param({"headers": {"X V": "a"}}, "headers", "'X V' is not a valid header name", id="space in a name"),
        pytest.param({"headers": {"X-V": True}}, "headers.X-V", "is true, not", id="boolean header"),
        pytest.param({"headers": {1: "a"}}, "headers", "1 is not a valid header name", id="number as a name"),
    ],
)
def test_refused(given: dict[str, Any], variable: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        checked(**given)
    assert caught.value.variable == f"health.{variable}"
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        pytest.param(
            {"Authorization": "hush\r\nX: y"}, "request_headers.Authorization: contains a char", id="line break"
        ),
        pytest.param(
            {"Authorization": "hush\u20ac"}, "request_headers.Authorization: contains a char", id="not Latin-1"
        ),
        pytest.param({"Authorization": ["hush"]}, "request_headers.Authorization: is a list, not text", id="list"),
        pytest.param({"host": "hush"}, "request_headers.host: is set by the health check itself", id="host"),
        pytest.param({"Transfer-Encoding": "hush"}, "is set by the health check itself", id="framing"),
        pytest.param({"a:b": "hush"}, "'a:b' is not a valid header name", id="colon"),
    ],
)
def test_request_headers_that_are_refused(headers: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_request_headers("request_headers", headers)
    assert said in str(caught.value)
    assert "hush" not in str(caught.value)


def test_manifests() -> None:
    """Those of earlier releases lack the later fields, and JSON makes lists of tuples."""
    old = {"path": "/healthz", "host": "a.org", "status": [200], "timeout": 5.0, "within": 60.0}
    assert Health(**old) == Health("/healthz", "a.org", (200,))
    new = checked(status=[200, 201], headers={"X-V": "1"}, body="ok", successes=3)
    assert Health(**json.loads(json.dumps(asdict(new)))) == new


def test_request() -> None:
    sent = request_bytes(checked(path="/a?b", host="a.org"), {"X-Forwarded-Proto": "https", "user-agent": "mine"})
    lines = sent.decode().split("\r\n")
    assert lines[0] == "GET /a?b HTTP/1.1"
    assert lines[-2:] == ["", ""]
    assert {"Host: a.org", "Connection: close", "X-Forwarded-Proto: https", "user-agent: mine"} < set(lines)
    assert not [line for line in lines if line.startswith("User-Agent")]
    assert "Content-Length: 0" not in lines
    assert "Content-Length: 0" in request_bytes(checked(method="POST"), {}).decode().split("\r\n")
