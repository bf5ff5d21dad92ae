# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module gunicorn_sysctl on a real kernel, and an app whose backlog the kernel cuts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from helpers import Converge

KEY = "net.ipv4.tcp_keepalive_probes"  # the network namespace's own, and nobody else's here
FILE = "/etc/sysctl.d/90-probes.conf"
LATER = "/etc/sysctl.d/95-other.conf"
PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - wsgiops.gunicorn.gunicorn_sysctl: "{{ options }}"
"""


@pytest.fixture(autouse=True)
def untouched(host: Any) -> Iterator[None]:
    before = host.out(f"sysctl -n {KEY}")
    yield
    host.run(f"rm -f {FILE} {LATER}; sysctl -qw {KEY}={before}")


def test_live_and_at_boot(play: Any, host: Any) -> None:
    def run(**more: Any) -> dict[str, Any]:
        check = more.pop("check", False)
        options = {"name": "probes", "settings": {KEY: {"at_least": 12, "reason": "a test"}}, **more}
        return dict(play(PLAYBOOK, {"options": options}, on=host, check=check).of("gunicorn_sysctl"))

    host.run(f"sysctl -qw {KEY}=9")
    predicted = run(check=True)
    assert host.out(f"sysctl -n {KEY}") == "9"
    made = run()
    assert made["changes"] == predicted["changes"] == [f"set {KEY} = 12 (was 9)", f"create {FILE}"]
    assert host.out(f"sysctl -n {KEY}") == "12"
    assert f"{KEY} = 12" in host.out(f"cat {FILE}")
    assert run()["changes"] == []

    host.run(f"sysctl -qw {KEY}=5")
    assert run()["changes"] == [f"set {KEY} = 12 (was 5)"]
    host.run(f"echo '{KEY} = 3' > {LATER}; sysctl -qw {KEY}=20")
    found = run()
    assert found["changes"] == []
    assert [(one["kind"], one["subject"]) for one in found["findings"]] == [("sysctl-overridden", KEY)]

    gone = run(state="absent")
    assert gone["changes"] == [f"remove {FILE}"]
    assert host.out(f"sysctl -n {KEY}") == "20"
    assert run(state="absent")["changes"] == []


def test_refused_values_are_restored(play: Any, host: Any) -> None:
    settings = {KEY: {"exactly": 11}, "net.ipv4.tcp_keepalive_time": {"exactly": "often"}}
    before = host.out(f"sysctl -n {KEY}")
    result = play(PLAYBOOK, {"options": {"name": "probes", "settings": settings}}, on=host, good=False)
    assert f"Restored: {KEY} = {before}." in result.said
    assert host.out(f"sysctl -n {KEY}") == before
    assert host.run(f"test -e {FILE}", check=False).returncode == 1


def test_an_app_is_told_that_its_backlog_is_cut(converge: Converge) -> None:
    app = {"app": "hello:app", "source": {"packages": ["itsdangerous"]}, "settings": {"backlog": 65000}}
    result = converge({"queued": app}, check=True)
    (finding,) = result.of("gunicorn_apps")["apps"]["queued"]["findings"]
    assert finding["subject"] == "gunicorn_apps.queued.settings.backlog"
    assert "gunicorn_host_load.backlog: 65000" in finding["fix"]
