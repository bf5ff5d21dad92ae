# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work in a process of its own: its result comes back, and so does what went wrong."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# In a process without threads, because the work is done in a fork of it.
SCRIPT = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.detached import detached

def work():
    {work}

try:
    print(json.dumps(detached(work)))
except HostError as exc:
    print(json.dumps(exc.failure))
"""


def outcome(work: str) -> object:
    command = [sys.executable, "-c", SCRIPT.replace("{work}", work), json.dumps(sys.path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_result() -> None:
    assert outcome("return [1, 'x']") == [1, "x"]


def test_an_error_keeps_its_parts() -> None:
    assert outcome("raise HostError('no disk.', 'df', 'Nothing was changed.', 'build')") == [
        "no disk.",
        "df",
        "Nothing was changed.",
        "build",
    ]


@pytest.mark.parametrize("raised", ["TypeError('s3cret')", "RecursionError('s3cret')", "KeyError('s3cret')"])
def test_an_exception_that_nobody_expected(raised: str) -> None:
    failure = str(outcome(f"raise {raised}"))
    assert f"internal error: {raised.partition('(')[0]}" in failure
    assert "s3cret" not in failure


def test_a_process_that_is_killed() -> None:
    failure = str(outcome("import os; os.kill(os.getpid(), 9)"))
    assert "the deploy ended unexpectedly (signal 9)." in failure
