# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs against what was declared, as numbers."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.differences import (
    Declared,
    Difference,
    declared_by,
    differences,
    why_restart,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.observed import UNLIMITED, Ceiling, Live

UNIX = Declared("unix:/run/gunicorn/shop/web.sock", "gthread", 5, 2048, {"LimitNOFILE": 8192})
TCP = UNIX._replace(bind="127.0.0.1:8000")
FINE = Live(
    workers=5,
    limits={"LimitNOFILE": 8192, "LimitNPROC": UNLIMITED, "TasksMax": 4000, "MemoryMax": None},
    queue=2048,
    heartbeats="tmpfs",
    heartbeats_in="/run/gunicorn-worker-tmp",
    heartbeats_next="tmpfs",
)
ROOMY = Ceiling(4096, {"LimitNOFILE": UNLIMITED, "LimitNPROC": UNLIMITED})
TIGHT = Ceiling(4096, {"LimitNOFILE": 4096, "LimitNPROC": 100})


def changed(limits: dict[str, int | None]) -> Live:
    return FINE._replace(limits={**FINE.limits, **limits})


@pytest.mark.parametrize(
    ("goal", "live", "host", "expected"),
    [
        pytest.param(UNIX, FINE, ROOMY, [], id="as declared"),
        pytest.param(UNIX, Live(), ROOMY, [], id="unseen"),
        pytest.param(UNIX, FINE._replace(workers=6), ROOMY, [("worker-count", "5", "6", True)], id="TTIN"),
        pytest.param(UNIX, FINE._replace(workers=0), ROOMY, [("worker-count", "5", "0", True)], id="no worker"),
        pytest.param(UNIX, FINE._replace(workers=6, scaled=6), ROOMY, [], id="scaled, and declared so"),
        pytest.param(
            UNIX,
            FINE._replace(workers=7, scaled=8),
            ROOMY,
            [("worker-count", "8", "7", True)],
            id="scaled, and one has gone",
        ),
        pytest.param(UNIX, FINE._replace(scaled=8), ROOMY, [], id="scaled, and HUP brought the declared number"),
        pytest.param(
            UNIX,
            FINE._replace(workers=6, restarted_for=("workers",)),
            ROOMY,
            [("worker-count", "5", "6", False)],
            id="the last start was for that",
        ),
        pytest.param(
            UNIX, changed({"LimitNOFILE": 512}), ROOMY, [("limit-clamped", "8192", "512", True)], id="lowered by hand"
        ),
        pytest.param(
            UNIX,
            FINE._replace(workers=6, altered=True),
            ROOMY,
            [("worker-count", "5", "6", False)],
            id="a drop-in may give the next master as many",
        ),
        pytest.param(
            UNIX,
            changed({"LimitNOFILE": 100})._replace(configured={"LimitNOFILE": 100}),
            ROOMY,
            [("limit-clamped", "8192", "100", False)],
            id="a drop-in sets it",
        ),
        pytest.param(
            UNIX,
            changed({"LimitNOFILE": 100_000})._replace(configured={"LimitNOFILE": 100_000}),
            ROOMY,
            [],
            id="a drop-in sets more",
        ),
        pytest.param(
            UNIX._replace(limits={"MemoryMax": 1_400_000_000}),
            changed({"MemoryMax": 1_399_980_032}),
            ROOMY._replace(page=65536),
            [],
            id="larger pages",
        ),
        pytest.param(
            UNIX, changed({"LimitNOFILE": 4096}), TIGHT, [("limit-clamped", "8192", "4096", False)], id="clamped"
        ),
        pytest.param(
            UNIX,
            changed({"LimitNOFILE": UNLIMITED}),
            ROOMY,
            [("limit-clamped", "8192", "unlimited", True)],
            id="raised by hand",
        ),
        pytest.param(
            UNIX._replace(limits={"TasksMax": 100}), FINE, ROOMY, [("limit-clamped", "100", "4000", True)], id="tasks"
        ),
        pytest.param(
            UNIX._replace(limits={"MemoryMax": 1 << 30}),
            FINE,
            ROOMY,
            [("limit-clamped", str(1 << 30), "not in force: this kernel has no such limit", False)],
            id="no controller of memory",
        ),
        pytest.param(
            UNIX._replace(limits={"MemoryMax": 1_000_000_000}),
            changed({"MemoryMax": 999_997_440}),
            ROOMY,
            [],
            id="the kernel rounds to pages",
        ),
        pytest.param(UNIX._replace(limits={"MemoryHigh": 9}), FINE, ROOMY, [], id="a limit that cannot be seen"),
        pytest.param(
            UNIX, FINE._replace(queue=128), ROOMY, [("backlog-live", "2048", "128", False)], id="a short queue"
        ),
        pytest.param(
            UNIX, FINE._replace(queue=4096), ROOMY, [("backlog-live", "2048", "4096", False)], id="a longer queue"
        ),
        pytest.param(UNIX, FINE, Ceiling(128), [], id="made before the kernel's limit was lowered"),
        pytest.param(UNIX, FINE._replace(queue=128), Ceiling(128), [], id="the kernel's limit is the host's finding"),
        pytest.param(UNIX._replace(worker_class="asgi"), FINE._replace(queue=100), ROOMY, [], id="asgi sets 100"),
        pytest.param(
            UNIX,
            FINE._replace(heartbeats="ext4"),
            ROOMY,
            [("tmp-not-memory", "tmpfs", "ext4", True)],
            id="heartbeats on a disk that is covered by now",
        ),
        pytest.param(
            UNIX,
            FINE._replace(heartbeats="ext4", heartbeats_next="ext4"),
            ROOMY,
            [("tmp-not-memory", "tmpfs", "ext4", False)],
            id="heartbeats on a disk",
        ),
        pytest.param(TCP, FINE._replace(listens=("127.0.0.1:8000",)), ROOMY, [], id="a declared port"),
        pytest.param(
            TCP,
            FINE._replace(listens=("0.0.0.0:9000", "127.0.0.1:8000")),
            ROOMY,
            [("port-stray", "127.0.0.1:8000", "0.0.0.0:9000", False)],
            id="another port",
        ),
    ],
)
def test_differences(goal: Declared, live: Live, host: Ceiling, expected: list[tuple[str, str, str, bool]]) -> None:
    found = differences(goal, live, host)
    assert [(one.kind, one.declared, one.running, one.fixed_by_restart) for one in found] == expected


def test_why_restart() -> None:
    workers = Difference("worker-count", "workers", "5", "6", True)
    clamped = Difference("limit-clamped", "LimitNOFILE", "8192", "4096")
    assert why_restart([workers, clamped]) == "workers 6, declared 5"
    assert why_restart([clamped]) == ""


SERVICE = """\
[Service]
LimitNOFILE=8192
LimitNPROC=100:200
MemoryHigh=512M
MemoryMax=40%
TasksMax=infinity
"""


def test_declared_by() -> None:
    found = declared_by(SERVICE, "[Socket]\nBacklog=64\n", "127.0.0.1:1", "sync", 3)
    assert found == Declared("127.0.0.1:1", "sync", 3, 64, {"LimitNOFILE": 8192, "MemoryHigh": 512 << 20})
    assert declared_by("", "", "", "", 0) == Declared("", "", 0, 0, {})
