# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The health request of a deploy, and the module gunicorn_health, against real apps: unix socket, TCP and TLS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers import Converge, hello

Check = Callable[..., dict[str, Any]]
PORT, TLS_PORT = 8571, 8572
GATE = {
    "path": "/healthz?full=1",
    "status": [200],
    "headers": {"Content-Type": "^application/json"},
    "body": r'"version": "(one|two)".*"path": "/healthz"',
    "successes": 2,
    "within": 20,
}
CERTIFICATE = """
getent group ssl-readers || groupadd --system ssl-readers
test -f /etc/ssl/private/sealed.key || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
  -subj /CN=sealed.example.com -addext subjectAltName=DNS:sealed.example.com \
  -keyout /etc/ssl/private/sealed.key -out /etc/ssl/sealed.pem
chgrp ssl-readers /etc/ssl/private /etc/ssl/private/sealed.key
chmod 750 /etc/ssl/private
chmod 640 /etc/ssl/private/sealed.key
"""


@pytest.fixture
def check(play: Any, prepared: Any) -> Check:
    """Run the module once over SSH."""

    def run(good: bool = True, check: bool = False, **options: Any) -> dict[str, Any]:
        playbook = """
        - hosts: all
          gather_facts: false
          tasks:
            - wsgiops.gunicorn.gunicorn_health: "{{ options }}"
        """
        result = play(playbook, {"options": options}, on=prepared, good=good, check=check)
        assert result.changed == 0
        return dict(result.of("gunicorn_health"))

    return run


@pytest.fixture
def asked(converge: Converge, tmp_path: Path) -> dict[str, Any]:
    """An app on a unix socket and on a port, proved by all that a health request can ask for."""
    app = {
        "app": "hello:app",
        "source": {"local": str(hello(tmp_path))},
        "settings": {"workers": 2},
        "instances": {"web": {}, "tcp": {"bind": f"127.0.0.1:{PORT}"}},
        "health": GATE,
    }
    converge({"asked": app})
    return app


@pytest.mark.parametrize("instance", ["web", "tcp"])
def test_app(asked: dict[str, Any], check: Check, instance: str) -> None:
    """The request is that of the release."""
    found = check(app="asked", instance=instance)
    assert found["seen"] == "GET /healthz?full=1: 200 OK\nContent-Type: application/json"
    assert (found["status"], found["attempts"]) == (200, 2)
    assert check(app="asked", instance=instance, check=True)["status"] == 200


def test_url_and_socket(asked: dict[str, Any], check: Check) -> None:
    pattern = '"path": "/x"'
    assert check(url=f"http://127.0.0.1:{PORT}/x", body=pattern)["seen"] == "GET /x: 200 OK"
    assert check(socket="/run/gunicorn/asked/web.sock", path="/x", body=pattern)["seen"] == "GET /x: 200 OK"


def test_sick(asked: dict[str, Any], check: Check) -> None:
    """The cause first, the evidence second."""
    token = "Bearer hush-hush-hush"
    found = check(good=False, app="asked", body="nonsense", attempts=3, request_headers={"Authorization": token})
    lines = found["msg"].splitlines()
    assert lines[0] == "asked (web) failed its health check."
    assert lines[1] == (
        "fewer than 2 healthy responses in a row in 3 attempts; the last: "
        "GET /healthz?full=1: 200 OK (body does not match 'nonsense')"
    )
    assert lines[2] == "Content-Type: application/json"
    assert '"version": "one"' in lines[3]
    assert lines[4] == "3 attempts: 3 × body does not match 'nonsense'"
    assert "hush" not in str(found)


def test_down(asked: dict[str, Any], check: Check, converge: Converge) -> None:
    """Stopped for good, and held by systemd while nobody serves."""
    host = converge.host
    host.run("systemctl stop gunicorn-asked-tcp.socket gunicorn-asked-tcp.service")
    found = check(good=False, app="asked", instance="tcp", within=1)
    assert "connection refused" in found["msg"]
    assert found["attempts"] > 1

    host.run("systemctl kill -s STOP gunicorn-asked-web.service")
    try:
        found = check(good=False, app="asked", timeout=1, within=1.5)
        assert "timed out, connected but no response within 1 s" in found["msg"]
        assert found["seconds"] < 3
    finally:
        host.run("systemctl kill -s CONT gunicorn-asked-web.service")
        host.run("systemctl start gunicorn-asked-tcp.socket gunicorn-asked-tcp.service")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"body": '"version": "one"'}, '(body does not match \'"version": "one"\')', id="body"),
        pytest.param({"headers": {"X-Ready": ""}}, "(no header X-Ready)", id="header"),
        pytest.param({"status": [204]}, "(status 200, expected 204)", id="status"),
    ],
)
def test_gate(converge: Converge, asked: dict[str, Any], tmp_path: Path, change: dict[str, Any], said: str) -> None:
    """A release whose answer is not what was declared does not stay."""
    hello(tmp_path, "two")
    refused = converge({"asked": {**asked, "health": {**GATE, **change, "within": 2}}}, good=False)
    message = refused.why("gunicorn_apps")
    assert said in message
    assert "No running process was changed." in message


def test_wrong_input(converge: Converge) -> None:
    """The controller refuses it."""
    app = {"app": "hello:app", "source": {"packages": ["x"]}, "health": {"body": "(ok"}}
    refused = converge({"asked": app}, good=False).output
    assert "gunicorn_apps.asked.health.body: '(ok' is not a regular expression" in " ".join(refused.split())


def test_tls(converge: Converge, check: Check, tmp_path: Path) -> None:
    """Gunicorn itself speaks TLS, on both kinds of socket; a deploy needs no trust in the certificate."""
    host = converge.host
    host.run(CERTIFICATE)
    app = {
        "app": "hello:app",
        "source": {"local": str(hello(tmp_path))},
        "settings": {
            "workers": 1,
            "certfile": "/etc/ssl/sealed.pem",
            "keyfile": "/etc/ssl/private/sealed.key",
        },
        "systemd": {"Service": {"SupplementaryGroups": "ssl-readers"}},
        "server_name": ["sealed.example.com"],
        "instances": {"web": {}, "tcp": {"bind": f"127.0.0.1:{TLS_PORT}"}},
        "health": GATE,
    }
    converge({"sealed": app})
    assert converge({"sealed": app}).changed == 0
    for instance in ("web", "tcp"):
        assert check(app="sealed", instance=instance)["status"] == 200
        trusting = check(app="sealed", instance=instance, ca_path="/etc/ssl/sealed.pem")
        assert trusting["seen"].startswith("GET /healthz?full=1: 200 OK")
    distrust = check(good=False, app="sealed", validate_certs=True, attempts=1)
    assert "the certificate was rejected: self-signed certificate" in distrust["msg"]

    url = f"https://127.0.0.1:{TLS_PORT}/x"
    assert "the certificate was rejected" in check(good=False, url=url, attempts=1)["msg"]
    assert check(url=url, validate_certs=False)["status"] == 200
    assert check(url=url, host="sealed.example.com", ca_path="/etc/ssl/sealed.pem")["status"] == 200
    mismatch = check(good=False, url=url, ca_path="/etc/ssl/sealed.pem", attempts=1)
    assert "the certificate was rejected: IP address mismatch" in mismatch["msg"]
    plain = check(good=False, url=f"http://127.0.0.1:{TLS_PORT}/x", attempts=1)
    assert plain["status"] == 0
    converge({"sealed": {"state": "absent", "purge": True}})
