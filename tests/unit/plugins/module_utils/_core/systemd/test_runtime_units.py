# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.parsed_unit import parse_unit
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.runtime_units import (
    canary_socket,
    canary_unit,
    check_unit,
    stand_in_unit,
    variant_name,
)

SERVICE = "gunicorn-shop-web.service"
TEXT = """# Managed
[Unit]
Description=Gunicorn serving shop (web)
Requires=gunicorn-shop-web.socket
After=gunicorn-shop-web.socket network.target
StartLimitIntervalSec=0

[Service]
Type=notify
User=gunicorn-shop
EnvironmentFile=/srv/gunicorn/shop/releases/1/env
ExecStartPre=/bin/true
ExecStart=/v/bin/python -m gunicorn --config /srv/gunicorn/shop/releases/1/gunicorn-web.conf.py shop:app
ExecReload=/bin/kill -HUP $MAINPID
SyslogIdentifier=gunicorn-shop-web
Restart=always
RestartSec=2
RuntimeDirectory=gunicorn-shop-web
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
MemoryMax=536870912

[Install]
WantedBy=multi-user.target
"""
MADE = {
    "check": check_unit(SERVICE, TEXT, ["/v/bin/python", "/x y.py"], 30),
    "canary": canary_unit(SERVICE, TEXT, "27.0.1", 65),
    "standin": stand_in_unit(SERVICE, TEXT, "27.0.1", 65),
}


@pytest.mark.parametrize("kind", list(MADE))
def test_same_rights_and_limits_but_a_life_of_its_own(kind: str) -> None:
    unit = parse_unit(MADE[kind])
    service = unit["Service"]
    before = parse_unit(TEXT)["Service"]
    for directive in ("User", "EnvironmentFile", "SystemCallFilter", "MemoryMax"):
        assert service[directive] == before[directive]
    assert service["Restart"] == ["no"]
    assert service["RuntimeDirectory"] == [f"gunicorn-shop-web-{kind}"]
    assert "ExecReload" not in service
    assert "Install" not in unit


def test_check_runs_one_command_to_its_end() -> None:
    service = parse_unit(MADE["check"])["Service"]
    assert service["Type"] == ["oneshot"]
    assert service["ExecStart"] == ['/v/bin/python "/x y.py"']
    assert service["TimeoutStartSec"] == ["30"]
    assert "ExecStartPre" not in service


def test_canary_has_one_worker_and_its_own_socket() -> None:
    unit = parse_unit(MADE["canary"])
    command = unit["Service"]["ExecStart"][0]
    assert command.endswith("shop:app --workers 1 --control-socket /run/gunicorn-shop-web-canary/control.sock")
    assert unit["Unit"]["Requires"] == ["gunicorn-shop-web-canary.socket"]
    assert unit["Service"]["ExecStartPre"] == ["/bin/true"]
    socket = parse_unit(canary_socket(SERVICE))["Socket"]
    assert socket["ListenStream"] == ["/run/gunicorn-shop-web-canary.sock"]
    assert socket["SocketMode"] == ["0600"]


def test_stand_in_takes_the_real_socket_and_all_workers() -> None:
    unit = parse_unit(MADE["standin"])
    assert unit["Service"]["Sockets"] == ["gunicorn-shop-web.socket"]
    assert unit["Unit"]["Requires"] == ["gunicorn-shop-web.socket"]
    assert "--workers" not in unit["Service"]["ExecStart"][0]


@pytest.mark.parametrize(("gunicorn", "there"), [("25.0.3", False), ("25.1.0", True)])
def test_control_socket_only_where_gunicorn_has_one(gunicorn: str, there: bool) -> None:
    assert ("--control-socket" in stand_in_unit(SERVICE, TEXT, gunicorn, 9)) is there


def test_name() -> None:
    assert variant_name(SERVICE, "canary") == "gunicorn-shop-web-canary.service"
