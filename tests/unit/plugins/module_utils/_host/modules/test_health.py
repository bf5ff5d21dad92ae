# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module gunicorn_health finds out of its options and of a release, and what it says."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.options import HEALTH_CHECK_OPTIONS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import InstanceRecord, Manifest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.health import run


class Echo(BaseHTTPRequestHandler):
    """Say in the body what was asked; `/sick` is."""

    def do_GET(self) -> None:
        body = json.dumps({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}}).encode()
        self.send_response(500 if self.path == "/sick" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def bind() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def asked(root: Path | str = "/nowhere", **given: Any) -> dict[str, Any]:
    return run({**dict.fromkeys(HEALTH_CHECK_OPTIONS), **given}, False, str(root)).data()


@pytest.fixture
def root(tmp_path: Path, bind: str) -> Path:
    """The apps of a host, as a deploy leaves them."""
    for app, instances in {"shop": {"web": bind, "dead": "unix:/nowhere.sock"}, "shopping": {"a": "", "b": ""}}.items():
        release = tmp_path / app / "releases" / "1"
        release.mkdir(parents=True)
        manifest = Manifest(
            id="1",
            instances={name: InstanceRecord(address, "sync", 1, 1) for name, address in instances.items()},
            health=Health("/healthz", "shop.org", (200,)),
        )
        (release / "manifest.json").write_text(manifest.to_json())
        os.symlink("releases/1", tmp_path / app / "current")
    (tmp_path / "shared").mkdir()
    (tmp_path / "stray.txt").write_text("")
    (tmp_path / "fresh/releases/.1.tmp").mkdir(parents=True)
    (tmp_path / "fresh/releases/.1.tmp/manifest.json").write_text("{}")
    return tmp_path


def test_app(root: Path) -> None:
    result = asked(root, app="shop", body='"host": "shop.org".*"x-forwarded-proto": "https"')
    assert (result["seen"], result["status"], result["attempts"], result["changed"]) == (
        "GET /healthz: 200 OK",
        200,
        1,
        False,
    )


def test_options_take_precedence(root: Path) -> None:
    result = asked(root, app="shop", path="/else?x=1", host="other.org", body="/else.x=1.*other.org", attempts=1)
    assert result["seen"] == "GET /else?x=1: 200 OK"


def test_cause_first_evidence_second(root: Path) -> None:
    result = asked(root, app="shop", path="/sick", attempts=2)
    lines = result["msg"].splitlines()
    assert result["failed"] and not result["changed"]
    assert lines[0] == "shop (web) failed its health check."
    assert lines[1].startswith("no healthy response in 2 attempts; the last: GET /sick: 500 Internal Server Error")
    assert lines[2].startswith('{"path": "/sick"')
    assert lines[3] == "2 attempts: 2 × status 500, expected 200"


def test_instance(root: Path) -> None:
    result = asked(root, app="shop", instance="dead", attempts=1)
    assert "shop (dead) failed its health check.\n" in result["msg"]
    assert "the socket does not exist" in result["msg"]


def test_url(bind: str) -> None:
    result = asked(url=f"http://{bind}/a?b", body=rf'"path": "/a.b", "host": "{bind}"')
    assert result["seen"] == "GET /a?b: 200 OK"


def test_a_url_is_asked_as_it_is(bind: str) -> None:
    assert asked(url=f"http://{bind}/", body="x-forwarded-proto", attempts=1)["failed"]


@pytest.mark.parametrize("header", ["Bearer hush-hush", "hush-hush"])
def test_credentials_are_hidden(bind: str, header: str) -> None:
    """The answer repeats them, whole or without the scheme."""
    result = asked(url=f"http://{bind}/sick", request_headers={"Authorization": header}, attempts=1)
    assert '"authorization": "********"' in result["msg"]
    assert "hush-hush" not in json.dumps(result)
    assert not asked(url=f"http://{bind}/", request_headers={"Authorization": header}, body="hush-hush").get("failed")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"app": "shup"}, "app: 'shup' is not deployed on this host. Did you mean 'shop'?", id="app"),
        pytest.param({"app": "../shop"}, "app: '../shop' is not deployed", id="path"),
        pytest.param({"app": "shared"}, "app: 'shared' is not deployed", id="directory"),
        pytest.param({"app": "stray.txt"}, "app: 'stray.txt' is not deployed", id="file"),
        pytest.param({"app": "fresh"}, "app: 'fresh' is not deployed", id="no complete release"),
        pytest.param({"app": "shop", "instance": "wbe"}, "instance: shop has no instance 'wbe'", id="instance"),
        pytest.param(
            {"app": "shopping"}, "instance: is missing, and shopping has several instances. Allowed: a, b", id="which"
        ),
        pytest.param({"app": "shop", "attempts": 0}, "attempts: must be at least 1, not 0", id="attempts"),
        pytest.param({"app": "shop", "body": "("}, "body: '(' is not a regular expression", id="pattern"),
        pytest.param({"app": "shop", "path": "x"}, "path: 'x' is not a URL path", id="path of the URL"),
        pytest.param({"app": "shop", "validate_certs": True}, "validate_certs: has no effect: shop (web)", id="no TLS"),
        pytest.param({"socket": "/x", "ca_path": "/x"}, "ca_path: has no effect: /x does not use TLS", id="socket"),
        pytest.param({"url": "https://a.org", "ca_path": "/nowhere"}, "ca_path: '/nowhere' cannot be used", id="no CA"),
        pytest.param(
            {"url": "https://a.org", "ca_path": "/x", "validate_certs": False},
            "ca_path: has no effect with",
            id="CA in vain",
        ),
        pytest.param({"url": "a.org"}, "url: 'a.org' is not an http or https URL", id="URL"),
        pytest.param({"app": "shop", "request_headers": {"Host": "a"}}, "request_headers.Host: is set", id="header"),
    ],
)
def test_refused(root: Path, given: dict[str, Any], said: str) -> None:
    result = asked(root, **given)
    assert result["failed"] and result["msg"].startswith(said), result


def test_no_apps_at_all() -> None:
    assert asked("/nowhere", app="shop")["msg"].endswith("No app is deployed here.")


def test_broken_manifest(root: Path) -> None:
    (root / "shop/current/manifest.json").write_text("{")
    assert asked(root, app="shop")["msg"].startswith("the current release of shop has no usable manifest.\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{", "it is not JSON: Expecting property name", id="damaged"),
        pytest.param('{"format": 99}', "its format is 99", id="of a newer collection"),
    ],
)
def test_release_that_cannot_be_read(root: Path, text: str, said: str) -> None:
    (root / "shop/releases/1/manifest.json").write_text(text)
    result = asked(root, app="shop")
    assert result["msg"].startswith("the current release of shop has no usable manifest.\n")
    assert said in result["msg"]
