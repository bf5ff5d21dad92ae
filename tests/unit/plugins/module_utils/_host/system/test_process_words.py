# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Command lines and environments of processes that this test starts; and what a read does that never ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.process_words import Reading, read_words

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="there is no /proc here")
WAITS = "import sys; print(flush=True); sys.stdin.read()"


@pytest.fixture(name="child")
def _child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-c", WAITS, "word", "", "ü"],
        env={**os.environ, "WSGIOPS_TEST": "a b=c"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        process.stdout.readline()  # it runs, and is no longer a copy of this process
        yield process
        process.kill()


@pytest.fixture(name="stuck")
def _stuck(tmp_path: Path) -> str:
    """A file of a process, as far as the reader knows, that nobody ever writes to."""
    os.mkfifo(tmp_path / "fifo")
    return f"../..{tmp_path}/fifo"


def test_words(child: subprocess.Popen[bytes]) -> None:
    reading = read_words([child.pid], "cmdline", "environ")
    assert reading.of(child.pid, "cmdline")[1:] == ["-c", WAITS, "word", "", "ü", ""]
    assert "WSGIOPS_TEST=a b=c" in reading.of(child.pid, "environ")
    assert reading.silent == ()


def test_nothing_to_read(child: subprocess.Popen[bytes]) -> None:
    assert read_words([], "cmdline") == Reading({})
    child.kill()
    child.wait()
    reading = read_words([child.pid, os.getpid()], "cmdline")
    assert reading.of(child.pid, "cmdline") == []
    assert reading.of(os.getpid(), "cmdline")


def test_a_read_that_never_ends(child: subprocess.Popen[bytes], stuck: str) -> None:
    """It costs its own time once, and everything but what is of the same user is read."""
    started = time.monotonic()
    reading = read_words([child.pid, os.getpid()], "cmdline", stuck, stall=0.3)
    assert 0.3 <= time.monotonic() - started < 5
    assert child.pid in reading.silent
    assert reading.of(child.pid, "cmdline")[1] == "-c"
    assert bool(reading.of(os.getpid(), "cmdline")) is (os.getuid() == 0)


def test_who_waits_for_the_output_is_not_kept(stuck: str) -> None:
    """A reader that is left behind in the kernel must not hold the pipe on which Ansible waits for the module."""
    reader = "import os; from {} import read_words; read_words([os.getpid()], {!r}, stall=0.2); print('done')"
    code = reader.format(read_words.__module__, stuck)
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True, env=_path()
    )
    assert done.stdout == "done\n"
    assert time.monotonic() - started < 20


def _path() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
