# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What /proc says, of processes that this test starts and ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import (
    children_of,
    descriptors,
    links_of,
    pids,
    real_user,
    resident,
    since_epoch,
    started_at,
    stat_of,
    text_of,
)

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="there is no /proc here")

WAITS = "import sys; print(flush=True); sys.stdin.read()"


@pytest.fixture(name="child")
def _child(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Has a directory and an open file that can be found again."""
    with (
        open(tmp_path / "held", "wb") as held,
        subprocess.Popen(
            [sys.executable, "-c", WAITS],
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[held.fileno()],
        ) as process,
    ):
        assert process.stdout
        process.stdout.readline()  # it runs, and is no longer a copy of this process
        yield process
        process.kill()


def test_a_live_process(child: subprocess.Popen[bytes], tmp_path: Path) -> None:
    stat = stat_of(child.pid)
    assert stat is not None
    assert stat.parent == os.getpid()
    assert stat.started == started_at(child.pid) > 0
    assert time.time() - 60 < since_epoch(child.pid) < time.time() + 1
    assert resident(child.pid) > 1024**2
    assert child.pid in pids()
    assert child.pid in children_of(os.getpid())
    assert real_user(child.pid) == os.getuid()
    assert next(links_of(child.pid)) == str(tmp_path)
    assert str(tmp_path / "held") in [target for _path, target in descriptors(child.pid)]


def test_a_zombie_and_a_process_that_has_ended(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert text_of(child.pid, "stat") != ""
    assert (stat_of(child.pid), since_epoch(child.pid)) == (None, 0.0)
    child.wait()
    assert (text_of(child.pid, "stat"), stat_of(child.pid), started_at(child.pid)) == ("", None, 0)
    assert (resident(child.pid), children_of(child.pid), list(descriptors(child.pid))) == (0, [], [])
    assert (real_user(child.pid), list(links_of(child.pid))) == (-1, [])
