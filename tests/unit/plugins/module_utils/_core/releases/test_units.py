# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The units of an instance, as systemd reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import conf_path
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.units import (
    Place,
    service_unit,
    socket_unit,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import Sizing
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.private_view import HEARTBEATS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.runtime_units import (
    canary_unit,
    check_unit,
    stand_in_unit,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.sandbox import PRIVATE, SANDBOX
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import MANAGED

Make = Callable[..., App]
RELEASE = "/srv/gunicorn/shop/releases/r1"
SIZING = Sizing("gthread", 2, 4, 0, 8192, tasks=2048, memory="90%")
PLACE = Place(RELEASE, "/srv/gunicorn/shop/src/s1", "/srv/gunicorn/shop/venvs/v1", "/dev/shm", "www-data", 252)


def parse(text: str) -> dict[str, dict[str, list[str]]]:
    assert text.startswith(f"{MANAGED}\n\n[Unit]\n")
    assert text.endswith("\n")
    sections: dict[str, dict[str, list[str]]] = {}
    for line in text.splitlines()[1:]:
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line:
            name, _equals, value = line.partition("=")
            section.setdefault(name, []).append(value)
    return sections


def socket(app: App, place: Place = PLACE) -> dict[str, list[str]]:
    return parse(socket_unit(app, app.instances[0], place))["Socket"]


def service(app: App, place: Place = PLACE) -> dict[str, list[str]]:
    return parse(service_unit(app, app.instances[0], place, SIZING))["Service"]


def test_socket(make_app: Make) -> None:
    app = make_app()
    assert parse(socket_unit(app, app.instances[0], PLACE)) == {
        "Unit": {"Description": ["Gunicorn socket of shop (web)"]},
        "Socket": {
            "ListenStream": ["/run/gunicorn/shop/web.sock"],
            "Backlog": ["2048"],
            "TriggerLimitIntervalSec": ["0"],
            "SocketGroup": ["www-data"],
            "SocketMode": ["0660"],
            "DirectoryMode": ["0755"],
            "RemoveOnStop": ["yes"],
        },
        "Install": {"WantedBy": ["sockets.target"]},
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"bind": "127.0.0.1:80"}, {"ListenStream": ["127.0.0.1:80"], "SocketMode": None}, id="TCP"),
        pytest.param({"settings": {"backlog": 64}}, {"Backlog": ["64"]}, id="backlog"),
        pytest.param({"systemd": {"Socket": {"SocketMode": "0666"}}}, {"SocketMode": ["0666"]}, id="own directive"),
        pytest.param({"systemd": {"Service": {"Nice": 5}}}, {"Nice": None}, id="directive of the service"),
    ],
)
def test_socket_options(make_app: Make, options: dict[str, Any], expected: dict[str, Any]) -> None:
    found = socket(make_app(**options))
    assert {name: found.get(name) for name in expected} == expected


def test_service(make_app: Make) -> None:
    app = make_app()
    found = parse(service_unit(app, app.instances[0], PLACE, SIZING))
    assert found["Unit"]["Requires"] == ["gunicorn-shop-web.socket"]
    assert found["Unit"]["StartLimitIntervalSec"] == ["0"]
    own = found["Service"]
    assert own["ExecStart"] == [
        f"/srv/gunicorn/shop/venvs/v1/bin/python -m gunicorn --config {RELEASE}/gunicorn-web.conf.py "
        "shop.wsgi:application"
    ]
    assert (own["User"], own["Group"]) == (["gunicorn-shop"], ["gunicorn-shop"])
    assert own["WorkingDirectory"] == ["/srv/gunicorn/shop/src/s1"]
    assert own["EnvironmentFile"] == [f"{RELEASE}/env"]
    assert own["ReadWritePaths"] == ["/srv/gunicorn/shop/shared", "/dev/shm"]
    assert (own["TasksMax"], own["MemoryMax"], own["LimitCORE"]) == (["2048"], ["90%"], ["0"])
    assert (own["LimitNOFILE"], own["TimeoutStopSec"]) == (["8192"], ["35"])
    assert own["ProtectSystem"] == ["strict"]
    assert own["NonBlocking"] == ["yes"]
    assert not {"LimitNPROC", "MemoryHigh", "LoadCredential", "IPAddressAllow"} & set(own)


def test_no_unit_names_current(make_app: Make) -> None:
    """A symlink would let a recycled worker mix new code with old dependencies."""
    app = make_app()
    text = socket_unit(app, app.instances[0], PLACE) + service_unit(app, app.instances[0], PLACE, SIZING)
    assert "/current" not in text


def test_sockets_directory_is_not_the_services(make_app: Make) -> None:
    app = make_app()
    assert not socket(app)["ListenStream"][0].startswith(f"/run/{service(app)['RuntimeDirectory'][0]}/")


@pytest.mark.parametrize(
    ("systemd", "expected"),
    [
        pytest.param(252, {"RestartSec": ["2"], "RestartSteps": None, "RestartMaxDelaySec": None}, id="252"),
        pytest.param(254, {"RestartSec": ["500ms"], "RestartSteps": ["6"], "RestartMaxDelaySec": ["10"]}, id="254"),
    ],
)
def test_restart_steps(make_app: Make, systemd: int, expected: dict[str, Any]) -> None:
    found = service(make_app(), Place(RELEASE, "/s", "/v", "/dev/shm", "www-data", systemd))
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"settings": {"timeout": 90}}, {"TimeoutStopSec": ["95"]}, id="timeout"),
        pytest.param({"user": "joe"}, {"User": ["joe"], "Group": ["joe"]}, id="user"),
        pytest.param(
            {"app": "shop:create_app(\"x y\", '$A%')"},
            {
                "ExecStart": [
                    f"/srv/gunicorn/shop/venvs/v1/bin/python -m gunicorn --config {RELEASE}/gunicorn-web.conf.py "
                    '"shop:create_app(\\"x y\\", \'$$A%%\')"'
                ]
            },
            id="callable with arguments",
        ),
        pytest.param(
            {"limits": {"nproc": 8, "tasks_max": 7}},
            {"LimitNPROC": ["8"], "TasksMax": ["7"]},
            id="limits",
        ),
        pytest.param(
            {"limits": {"memory_high": "512M", "memory_max": "1G"}},
            {"MemoryHigh": [str(512 * 1024**2)], "MemoryMax": [str(1024**3)]},
            id="memory",
        ),
        pytest.param(
            {"limits": {"memory_high": "512m", "memory_max": "1.5GiB"}},
            {"MemoryHigh": [str(512 * 1024**2)], "MemoryMax": [str(1536 * 1024**2)]},
            id="memory as systemd does not read it",
        ),
        pytest.param(
            {"sandbox": [{"directive": "ProtectHome", "value": "read-only", "reason": "x"}]},
            {"ProtectHome": ["read-only"]},
            id="sandbox",
        ),
        pytest.param(
            {"systemd": {"Service": {"Nice": 5, "KillMode": "process"}}},
            {"Nice": ["5"], "KillMode": ["process"]},
            id="own directives",
        ),
        pytest.param(
            {"systemd": {"Service": {"Environment": ["A=1", "B=2"]}}}, {"Environment": ["A=1", "B=2"]}, id="own list"
        ),
        pytest.param({"systemd": {"Service": {"RestartSec": 0.5}}}, {"RestartSec": ["0.5"]}, id="own fraction"),
        pytest.param({"systemd": {"Service": {"PrivateTmp": False}}}, {"PrivateTmp": ["no"]}, id="own boolean"),
        pytest.param(
            {"systemd": {"Socket": {"SocketMode": "0666"}}}, {"SocketMode": None}, id="directive of the socket"
        ),
    ],
)
def test_service_options(make_app: Make, options: dict[str, Any], expected: dict[str, Any]) -> None:
    found = service(make_app(**options))
    assert {name: found.get(name) for name in expected} == expected


def test_percent_signs_in_paths_are_no_specifiers(make_app: Make) -> None:
    found = service(make_app(), Place("/r%1", "/s%1", "/v%1", "/dev/shm", "www-data", 252))
    assert (found["WorkingDirectory"], found["EnvironmentFile"]) == (["/s%%1"], ["/r%%1/env"])
    assert found["ExecStart"][0].startswith('"/v%%1/bin/python" -m gunicorn --config "/r%%1/gunicorn-web.conf.py" ')


def test_conf_path() -> None:
    assert conf_path(RELEASE, "web") == f"{RELEASE}/gunicorn-web.conf.py"


OPENED = {"directive": "TemporaryFileSystem", "value": "", "reason": "it watches the others"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(
            {"sandbox": [OPENED]},
            {"TemporaryFileSystem": ["", f"/run/t:{HEARTBEATS}"], "BindReadOnlyPaths": ["/srv/gunicorn/shop"]},
            id="the view of other apps opens, the heartbeats stay private",
        ),
        pytest.param(
            {"sandbox": [{**OPENED, "directive": "NoExecPaths"}]}, {"NoExecPaths": [""]}, id="a list opens at once"
        ),
        pytest.param(
            {"sandbox": [{**OPENED, "directive": "IPAddressDeny"}]},
            {"IPAddressDeny": [""], "IPAddressAllow": None},
            id="metadata service",
        ),
        pytest.param(
            {"egress": {"allow": ["10.0.0.0/8"]}},
            {"IPAddressDeny": ["any"], "IPAddressAllow": ["localhost", "10.0.0.0/8"]},
            id="egress",
        ),
        pytest.param(
            {"systemd": {"Service": {"ReadWritePaths": ["/srv/gunicorn/shop/shared", "/run/t", "/var/spool/shop"]}}},
            {"ReadWritePaths": ["/srv/gunicorn/shop/shared", "/var/spool/shop"]},
            id="own paths are added",
        ),
        pytest.param(
            {"systemd": {"Service": {"TasksMax": "infinity", "MemoryMax": "infinity"}}},
            {"TasksMax": ["infinity"], "MemoryMax": ["infinity"]},
            id="no ceilings",
        ),
        pytest.param(
            {"source": {"path": "/srv/gunicorn/legacy/src", "venv": "/opt/venv"}},
            {"BindReadOnlyPaths": ["/srv/gunicorn/shop", "-/srv/gunicorn/legacy/src"]},
            id="source beside the apps",
        ),
    ],
)
def test_private_view(make_app: Make, options: dict[str, Any], expected: dict[str, Any]) -> None:
    found = service(make_app(**options), Place(RELEASE, "/s", "/v", "/run/t", "www-data", 252))
    assert {name: found.get(name) for name in expected} == expected


def test_metadata_service_that_is_the_name_server(make_app: Make) -> None:
    place = Place(RELEASE, "/s", "/v", "/run/t", "www-data", 252, resolvers=("169.254.169.254",))
    assert "169.254.169.254" not in service(make_app(), place)["IPAddressDeny"]


@pytest.mark.parametrize(
    ("secrets_in", "expected"),
    [
        pytest.param("environment", None, id="environment"),
        pytest.param("credentials", [f"{name}:{RELEASE}/credentials/{name}" for name in ("KEY", "TOKEN")], id="files"),
    ],
)
def test_secrets(make_app: Make, secrets_in: str, expected: Any) -> None:
    found = service(make_app(secret_names=["TOKEN", "KEY"], secrets_in=secrets_in))
    assert found.get("LoadCredential") == expected


@pytest.mark.parametrize("kind", ["check", "canary", "stand-in"])
def test_derived_units_keep_every_protection(make_app: Make, kind: str) -> None:
    app = make_app(secret_names=["TOKEN"], secrets_in="credentials", egress={"allow": ["10.0.0.0/8"]})
    text = service_unit(app, app.instances[0], PLACE, SIZING)
    name = "gunicorn-shop-web.service"
    derived = {
        "check": lambda: check_unit(name, text, ["/bin/true"], 5),
        "canary": lambda: canary_unit(name, text, "27.0.1", 5),
        "stand-in": lambda: stand_in_unit(name, text, "27.0.1", 5),
    }[kind]()
    own, found = parse(text)["Service"], parse(derived)["Service"]
    kept = {*SANDBOX, *PRIVATE, "BindReadOnlyPaths", "ReadWritePaths", "LoadCredential", "TasksMax", "MemoryMax"}
    assert {directive: found.get(directive) for directive in kept} == {directive: own[directive] for directive in kept}
