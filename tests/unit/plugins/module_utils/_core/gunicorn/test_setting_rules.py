# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that are ignored or harmful: each row is a case, and good settings produce no finding."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import ERROR, NOTE, WARNING
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.setting_rules import (
    Facts,
    all_findings,
    findings,
    meant,
    strange_names,
)
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = (
    *("workers", "threads", "keepalive", "timeout", "graceful_timeout", "loglevel", "forwarded_allow_ips"),
    *("max_requests", "accesslog", "certfile", "http_protocols", "worker_connections", "statsd_host"),
)
UV = "uvicorn_worker.UvicornWorker"


@pytest.mark.parametrize(
    ("settings", "worker_class", "level", "name", "said"),
    [
        ({"workers": 0}, "sync", ERROR, "workers", "no request would ever be answered"),
        ({"threads": 4}, "sync", WARNING, "threads", "silently uses gthread"),
        ({"threads": 4}, "gevent", WARNING, "threads", "gevent workers use an event loop"),
        ({"threads": 4}, "asgi", WARNING, "threads", "asgi workers use an event loop"),
        ({"threads": 4}, UV, WARNING, "threads", "uvicorn workers use an event loop"),
        ({"keepalive": 5}, "sync", WARNING, "keepalive", "closes every connection"),
        ({"worker_connections": 5}, "sync", WARNING, "worker_connections", "one connection at a time"),
        ({"timeout": 60}, "gthread", NOTE, "timeout", "does not end slow requests in gthread workers"),
        ({"timeout": 60}, "gevent", NOTE, "timeout", "main loop is stuck"),
        ({"timeout": 60, "graceful_timeout": 30}, "sync", WARNING, "graceful_timeout", "a deploy cuts off requests"),
        ({"graceful_timeout": 10}, "sync", WARNING, "graceful_timeout", "shorter than `timeout` (30 s)"),
        ({"access_log_format": "%(h)s", "accesslog": "-"}, UV, WARNING, "access_log_format", "uvicorn's worker"),
        ({"limit_request_line": 100}, UV, WARNING, "limit_request_line", "uvicorn's worker"),
        ({"statsd_host": "localhost:8125"}, UV, WARNING, "statsd_host", "uvicorn's worker"),
        ({"backlog": 4096}, "asgi", WARNING, "backlog", "is effectively 100"),
        ({"max_requests_jitter": 5}, "sync", WARNING, "max_requests_jitter", "no worker is ever recycled"),
        ({"loglevel": "verbose"}, "sync", ERROR, "loglevel", "'verbose' is not a log level"),
        ({"access_log_format": "%(h)s"}, "sync", WARNING, "access_log_format", "there is no access log"),
        ({"statsd_host": "x:1", "logger_class": "shop.Log"}, "sync", WARNING, "statsd_host", "replaces the one"),
        ({"statsd_prefix": "shop"}, "sync", WARNING, "statsd_prefix", "`statsd_host` is not set"),
        ({"dogstatsd_tags": "shop"}, "sync", WARNING, "dogstatsd_tags", "`statsd_host` is not set"),
        ({"ciphers": "HIGH"}, "sync", WARNING, "ciphers", "does not use TLS"),
        ({"cert_reqs": 0}, "sync", WARNING, "cert_reqs", "does not use TLS"),
        ({"proxy_protocol": True}, "sync", WARNING, "proxy_protocol", "nginx does not send a PROXY line"),
        ({"http2_max_frame_size": 1}, "gthread", WARNING, "http2_max_frame_size", "does not include h2"),
        ({"header_map": "Dangerous"}, "gthread", WARNING, "header_map", "as if the proxy had sent"),
        ({"limit_request_line": 0}, "gthread", WARNING, "limit_request_line", "may have any length"),
        ({"permit_obsolete_folding": True}, "gthread", WARNING, "permit_obsolete_folding", "smuggle"),
        ({"umask": 0}, "gthread", WARNING, "umask", "systemd opens the socket"),
        ({"asgi_lifespan": "on"}, "gthread", WARNING, "asgi_lifespan", "only worker class `asgi`"),
    ],
)
def test_row(settings: dict[str, Any], worker_class: str, level: str, name: str, said: str) -> None:
    (found,) = [one for one in findings(Facts(settings, worker_class, "27.0.1")) if one.subject == name]
    assert found.severity == level
    assert said in found.seen
    assert str(found).startswith(f"{name}: ")
    assert found.fix


@pytest.mark.parametrize(
    ("settings", "worker_class"),
    [
        ({}, "sync"),
        ({"threads": 1}, "sync"),
        ({"header_map": "drop", "limit_request_line": 8190, "permit_obsolete_folding": False}, "sync"),
        ({"threads": 4, "keepalive": 5, "worker_connections": 100}, "gthread"),
        ({"threads": 4}, "shop.workers.Own"),
        ({"threads": 4, "keepalive": 5, "worker_class": "sync"}, "gthread"),
        ({"timeout": 60}, "sync"),
        ({"timeout": 60, "graceful_timeout": 60}, "sync"),
        ({"timeout": 0, "graceful_timeout": 10}, "sync"),
        ({"accesslog": "-", "access_log_format": "%(h)s"}, "asgi"),
        ({"logger_class": "shop.Log", "access_log_format": "%(h)s"}, "sync"),
        ({"max_requests": 1000, "max_requests_jitter": 100}, "sync"),
        ({"loglevel": "INFO"}, "sync"),
        ({"statsd_host": "localhost:8125", "statsd_prefix": "shop"}, "sync"),
        ({"certfile": "/x.pem", "ciphers": "HIGH"}, "sync"),
        ({"http_protocols": "h2,h1", "http2_max_frame_size": 16384}, "gthread"),
        ({"backlog": 4096}, "gthread"),
        ({"backlog": 4096}, UV),
        ({"asgi_lifespan": "on", "limit_request_line": 100}, "asgi"),
        ({"forwarded_allow_ips": "10.0.0.1"}, "sync"),
        ({"forwarded_allow_ips": "*"}, "sync"),
        ({"forwarded_allow_ips": ["10.0.0.1"]}, "sync"),
    ],
)
def test_nothing_to_say(settings: dict[str, Any], worker_class: str) -> None:
    assert findings(Facts(settings, worker_class, "27.0.1")) == []


@pytest.mark.parametrize(
    ("gunicorn", "said"),
    [("20.1.0", "ignores"), ("21.2.0", "ignores"), ("23.0.0", "rejects at startup"), ("24.1.1", ""), ("", "")],
)
@pytest.mark.parametrize("value", ["10.0.0.0/8", ["127.0.0.1", "10.0.0.0/8"]])
def test_networks_of_proxies(value: Any, gunicorn: str, said: str) -> None:
    found = findings(Facts({"forwarded_allow_ips": value}, "sync", gunicorn))
    assert [one.severity for one in found] == ([ERROR] if said else [])
    assert all(said in one.seen for one in found)


@pytest.mark.parametrize(
    ("declared", "worker_class", "somaxconn", "said"),
    [
        ({"backlog": 8192}, "sync", 4096, "is effectively 4096: the kernel silently caps 8192"),
        ({}, UV, 128, "is effectively 128: the kernel silently caps 2048"),
        ({"backlog": 4096}, "sync", 4096, ""),
        ({"backlog": 8192}, "sync", 0, ""),
        ({"backlog": 8192}, "asgi", 4096, "is effectively 100"),
        ({}, "asgi", 128, ""),
    ],
)
def test_backlog_against_the_kernel(declared: dict[str, Any], worker_class: str, somaxconn: int, said: str) -> None:
    found = findings(Facts(declared, worker_class, "27.0.1", somaxconn=somaxconn))
    assert [(one.severity, one.subject) for one in found] == ([(WARNING, "backlog")] if said else [])
    assert all(said in one.seen for one in found)
    if "cuts" in said:
        assert f"gunicorn_host_load.backlog: {declared.get('backlog', 2048)}" in found[0].fix


@pytest.mark.parametrize(("bind", "expected"), [("unix:/x", []), ("127.0.0.1:80", []), ("0.0.0.0:80", [WARNING])])
def test_believing_anybody(bind: str, expected: list[str]) -> None:
    found = findings(Facts({"forwarded_allow_ips": "*"}, "sync", "27.0.1", bind))
    assert [one.severity for one in found] == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("keep_alive", "keepalive"), ("max_request", "max_requests"), ("Workers", "workers"), ("our_number", "")],
)
def test_meant(name: str, expected: str) -> None:
    assert meant(name, ["keepalive", "max_requests", "max_requests_jitter", "workers"]) == expected


def test_strange_names() -> None:
    (found,) = strange_names(["keep_alive", "our_number"], ["keepalive", "workers"])
    assert (found.severity, found.subject, found.fix) == (WARNING, "keep_alive", "Did you mean 'keepalive'?")


def test_what_gunicorn_itself_says_comes_once_and_first() -> None:
    judged = {"unknown": ["time_out", "http_parser"], "invalid": {"threads": "Invalid value"}}
    found = all_findings(Facts({"threads": "x", "keepalive": 5}, "sync", "23.0.0"), judged, ["timeout", "threads"])
    assert [(one.severity, one.subject) for one in found] == [
        (ERROR, "time_out"),
        (ERROR, "http_parser"),
        (ERROR, "threads"),
        (WARNING, "keepalive"),
    ]
    assert [one.fix for one in found[:2]] == [
        "Did you mean 'timeout'?",
        "It was added in Gunicorn 25.3; see `gunicorn_version`.",
    ]
    assert "rejects 'x': Invalid value" in found[2].seen


def test_the_worst_first() -> None:
    settings = {"timeout": 60, "threads": 2, "loglevel": "loud", "keepalive": 5}
    assert [one.severity for one in findings(Facts(settings, "gevent", "27.0.1"))] == [ERROR, WARNING, NOTE]


@given(
    st.dictionaries(
        st.sampled_from(NAMES),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text() | st.integers()),
    ),
    st.sampled_from(["sync", "gthread", "gevent", "asgi", UV, "", "shop.workers.Own"]),
    st.sampled_from(["", "20.1.0", "23.0.0", "27.0.1"]),
)
@settings(derandomize=True, max_examples=200, deadline=None)
def test_no_value_is_too_strange(declared: dict[str, Any], worker_class: str, gunicorn: str) -> None:
    for finding in findings(Facts(declared, worker_class, gunicorn)):
        assert finding.subject in declared
        assert finding.severity in (ERROR, WARNING, NOTE)
