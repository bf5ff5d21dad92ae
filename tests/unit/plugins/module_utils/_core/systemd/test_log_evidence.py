# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of a log that tell why."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.log_evidence import (
    LONGEST,
    LONGEST_LINE,
    bounded,
    telling_lines,
)

WORKER = """[1] [ERROR] Exception in worker process
Traceback (most recent call last):
  File "arbiter.py", line 1
    worker.init_process()
  File "hello.py", line 6, in <module>
    import nothing
ModuleNotFoundError: No module named 'nothing'
[1] [INFO] Worker exiting"""
MASTER = """Traceback (most recent call last):
  File "arbiter.py", line 2
gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>"""


@pytest.mark.parametrize(
    ("log", "first", "last"),
    [
        pytest.param("", "", "", id="nothing"),
        pytest.param("one\n\ntwo\n", "one", "two", id="no traceback"),
        pytest.param(WORKER, "Traceback (most", "ModuleNotFoundError: No module", id="worker"),
        pytest.param(f"{WORKER}\n{MASTER}", "Traceback (most", "ModuleNotFoundError: No module", id="worker, master"),
        pytest.param(f"Failed to find 'x'\n{MASTER}", "Failed to find", "Failed to find", id="master alone"),
        pytest.param("Traceback (most recent call last):\n  cut", "Traceback", "  cut", id="cut off"),
    ],
)
def test_telling_lines(log: str, first: str, last: str) -> None:
    said = telling_lines(log).split("\n")
    assert said[0].startswith(first)
    assert said[-1].startswith(last)


def test_long_traceback_keeps_its_end() -> None:
    frames = "".join(f"  frame {number}\n" for number in range(100))
    said = telling_lines(f"Traceback (most recent call last):\n{frames}ValueError: x").split("\n")
    assert len(said) == LONGEST
    assert said[-1] == "ValueError: x"
    assert said[-2] == "  frame 99"


def test_lines_are_cut() -> None:
    said = telling_lines("y" * 10_000_000 + "\nTraceback (most recent call last):\n  " + "x" * 1_000_000 + "\nE: x")
    assert len(said) < 2 * LONGEST_LINE
    assert said.endswith("E: x")


def test_a_text_of_an_app_is_bounded() -> None:
    assert bounded("") == ""
    assert bounded("a\nb") == "a\nb"
    said = bounded("\n".join(f"{number} {'x' * 10_000}" for number in range(300)))
    assert said.startswith("0 x") and said.splitlines()[-1].startswith("299 x")
    assert len(said) < 80 * 4010
