# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs against what was declared."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.observed import (
    Service,
    of_files,
    of_nginx,
    of_service,
    of_strays,
    of_user,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.differences import Difference
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.tree import Differences

SERVICE = Service("shop", "gunicorn-shop-web.service", since="2026-11-24T18:00:00Z")


@pytest.mark.parametrize(
    ("difference", "subject", "fix"),
    [
        (Difference("worker-count", "workers", "5", "6", True), SERVICE.unit, "gunicorn_apps.shop.settings.workers"),
        (
            Difference("limit-clamped", "LimitNOFILE", "8192", "4096"),
            f"LimitNOFILE of {SERVICE.unit}",
            "declare gunicorn_apps.shop.limits.nofile: 4096",
        ),
        (Difference("limit-clamped", "LimitNOFILE", "8192", "512", True), f"LimitNOFILE of {SERVICE.unit}", "site"),
        (Difference("limit-clamped", "MemoryMax", "9", "not in force"), f"MemoryMax of {SERVICE.unit}", "controller"),
        (Difference("backlog-live", "unix:/x", "2048", "128"), "unix:/x", "restart gunicorn-shop-web.socket"),
        (Difference("tmp-not-memory", "/var/tmp", "tmpfs", "ext4"), "/var/tmp", "worker_tmp_dir"),
        (Difference("tmp-not-memory", "/run/x", "tmpfs", "ext4", True), "/run/x", "replaces the processes"),
        (Difference("port-stray", "0.0.0.0:9000", "127.0.0.1:8000", "0.0.0.0:9000"), "0.0.0.0:9000", "check what"),
    ],
)
def test_service(difference: Difference, subject: str, fix: str) -> None:
    (found,) = of_service(SERVICE, [difference])
    assert (found.kind, found.app, found.subject, found.severity) == (difference.kind, "shop", subject, "error")
    assert (found.declared, found.running, found.since) == (difference.declared, difference.running, SERVICE.since)
    assert fix in found.fix


def test_a_limit_that_systemd_was_told() -> None:
    (found,) = of_service(SERVICE, [Difference("limit-clamped", "LimitNOFILE", "8192", "900", set_in_systemd=True)])
    assert "systemctl cat gunicorn-shop-web.service" in found.fix


NGINX = "LISTEN 0 64 0.0.0.0:80 0.0.0.0:*\nLISTEN 0 2048 [::]:80 [::]:*\n"


def test_nginx() -> None:
    """An address that nobody listens on belongs to another finding."""
    queues = {"0.0.0.0:80": 2048, "[::]:80": 2048, "0.0.0.0:443": 2048}
    (found,) = of_nginx(queues, NGINX, 4096)
    assert (found.kind, found.subject, found.declared, found.running) == ("backlog-live", "0.0.0.0:80", "2048", "64")
    assert of_nginx(queues, NGINX, 64) == []


def test_drop_in() -> None:
    path = "/etc/systemd/system/x.d/y.conf"
    (found,) = of_service(SERVICE._replace(drop_ins=(path,)), [])
    assert (found.kind, found.subject, found.severity) == ("drop-in", path, "warning")


@pytest.mark.parametrize(
    ("seen", "venv", "expected"),
    [
        pytest.param(Differences(), False, [], id="nothing"),
        pytest.param(Differences(("a.py",), ("b.py",), ("c.py",)), False, ["a.py", "b.py", "c.py"], id="each"),
        pytest.param(
            Differences(added=("x/six-1.dist-info/METADATA", "x/six.py")), True, ["six"], id="a package says it all"
        ),
        pytest.param(
            Differences(("x/flask/app.py",), ("x/six-1.dist-info/METADATA", "x/six.py")),
            True,
            ["six", "x/flask/app.py"],
            id="a package beside a file that was changed",
        ),
        pytest.param(
            Differences(added=("x/six-1.dist-info/METADATA", "x/six.py", "x/evil.pth", "x/sitecustomize.py")),
            True,
            ["six", "x/evil.pth", "x/sitecustomize.py"],
            id="a package does not account for what runs at every start",
        ),
        pytest.param(Differences(changed=("x/flask/app.py",)), True, ["x/flask/app.py"], id="a file of a package"),
    ],
)
def test_files(seen: Differences, venv: bool, expected: list[str]) -> None:
    found = of_files("shop", "/srv", seen, {"a.py": "2026-11-24T18:00:00Z"}, venv)
    assert [one.subject.replace("/srv/", "") for one in found] == expected
    assert all(one.since for one in found if one.subject.endswith("/a.py"))


def test_many_files_are_counted() -> None:
    found = of_files("shop", "/srv", Differences(changed=tuple(f"{number}.py" for number in range(8))), {})
    assert len(found) == 5
    assert found[-1].disk == "changed since, and 3 more"


def test_user() -> None:
    assert of_user("shop", "gunicorn-shop", []) == []
    (found,) = of_user("shop", "gunicorn-shop", ["sudo", "wheel"])
    assert (found.kind, found.disk) == ("user-groups", "sudo, wheel")


def test_strays() -> None:
    found = of_strays([(7, "gunicorn x:app", "")], ["old"])
    said: list[Any] = [(one.kind, one.subject) for one in found]
    assert said == [("process-stray", "pid 7"), ("app-undeclared", "old")]
