# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs against what was declared."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift_live import (
    Service,
    of_files,
    of_service,
    of_strays,
    of_user,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.tree import Differences

FINE = Service(
    app="shop",
    unit="gunicorn-shop-web.service",
    bind="unix:/run/gunicorn/shop/web.sock",
    worker_class="gthread",
    workers=5,
    nofile=65536,
    backlog=2048,
    running_workers=5,
    running_nofile=65536,
    running_queue=2048,
    heartbeats="tmpfs",
    heartbeats_in="/run/gunicorn-worker-tmp",
)
TCP = FINE._replace(bind="127.0.0.1:8000", listens=("127.0.0.1:8000",))


@pytest.mark.parametrize(
    ("service", "somaxconn", "kinds"),
    [
        pytest.param(FINE, 4096, [], id="as declared"),
        pytest.param(
            FINE._replace(running_workers=None, running_nofile=None, running_queue=None), 4096, [], id="unseen"
        ),
        pytest.param(FINE._replace(running_workers=6), 4096, ["worker-count"], id="TTIN"),
        pytest.param(FINE._replace(running_workers=0), 4096, ["worker-count"], id="no worker"),
        pytest.param(FINE._replace(running_nofile=20000), 4096, ["limit-clamped"], id="clamped"),
        pytest.param(FINE._replace(running_nofile=1 << 20), 4096, [], id="more files than declared"),
        pytest.param(FINE._replace(running_queue=128), 4096, ["backlog-live"], id="short queue"),
        pytest.param(FINE._replace(running_queue=4096), 4096, ["backlog-live"], id="longer than declared"),
        pytest.param(FINE, 128, [], id="made before the kernel's limit was lowered"),
        pytest.param(FINE._replace(running_queue=128), 128, [], id="the kernel's own limit is the host's finding"),
        pytest.param(FINE._replace(worker_class="asgi", running_queue=100), 4096, [], id="asgi sets 100"),
        pytest.param(FINE._replace(heartbeats="ext4"), 4096, ["tmp-not-memory"], id="heartbeats on a disk"),
        pytest.param(FINE._replace(drop_ins=("/etc/systemd/system/x.d/y.conf",)), 4096, ["drop-in"], id="drop-in"),
        pytest.param(TCP, 4096, [], id="a declared port"),
        pytest.param(TCP._replace(listens=("127.0.0.1:8000", "0.0.0.0:9000")), 4096, ["port-stray"], id="another port"),
    ],
)
def test_service(service: Service, somaxconn: int, kinds: list[str]) -> None:
    found = of_service(service, somaxconn)
    assert [one.kind for one in found] == kinds
    assert all(one.app == "shop" and one.fix for one in found)


@pytest.mark.parametrize(
    ("seen", "venv", "expected"),
    [
        pytest.param(Differences(), False, [], id="nothing"),
        pytest.param(Differences(("a.py",), ("b.py",), ("c.py",)), False, ["a.py", "b.py", "c.py"], id="each"),
        pytest.param(
            Differences(added=("x/six-1.dist-info/METADATA", "x/six.py")), True, ["six"], id="a package says it all"
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
