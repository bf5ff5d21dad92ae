# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.scale import (
    check_workers,
    memory_warning,
    plan_scale,
)

UNIT = "gunicorn-shop-web.service"
SENT = f"send TTIN 2 times to {UNIT}: 3 workers run, 5 are wanted"
NOTED = f"remember 5 workers of {UNIT} for as long as its master lives"


@pytest.mark.parametrize(
    ("declared", "running", "scaled", "wanted", "signal", "times", "changes"),
    [
        pytest.param(3, 3, 0, 3, "", 0, [], id="as declared"),
        pytest.param(3, 3, 0, 0, "", 0, [], id="nothing wanted"),
        pytest.param(3, 3, 0, 5, "TTIN", 2, [SENT, NOTED], id="more"),
        pytest.param(3, 5, 5, 5, "", 0, [], id="once more"),
        pytest.param(3, 5, 0, 5, "", 0, [NOTED], id="what somebody did by hand is declared"),
        pytest.param(3, 3, 5, 5, "TTIN", 2, [SENT], id="remembered, and HUP has undone it"),
        pytest.param(
            3,
            5,
            5,
            0,
            "TTOU",
            2,
            [f"send TTOU 2 times to {UNIT}: 5 workers run, 3 are wanted", f"forget that {UNIT} was scaled to 5"],
            id="back",
        ),
        pytest.param(
            3, 4, 0, 3, "TTOU", 1, [f"send TTOU to {UNIT}: 4 workers run, 3 are wanted"], id="one too many, by hand"
        ),
    ],
)
def test_plan(
    declared: int, running: int, scaled: int, wanted: int, signal: str, times: int, changes: list[str]
) -> None:
    plan = plan_scale(UNIT, declared, running, scaled, wanted)
    assert (plan.signal, plan.times, list(plan.changes)) == (signal, times, changes)
    assert plan.workers == (wanted or declared)


@pytest.mark.parametrize("workers", [0, -1, 1001])
def test_refused(workers: int) -> None:
    with pytest.raises(InputError, match=f"workers: {workers} is not from 1 to 1000"):
        check_workers(workers)


@pytest.mark.parametrize(
    ("more", "each", "available", "warned"), [(2, 100, 200, ""), (-2, 100, 0, ""), (3, 100, 200, "3 more")]
)
def test_memory(more: int, each: int, available: int, warned: str) -> None:
    assert memory_warning(more, each, available).startswith(warned)
    assert bool(memory_warning(more, each, available)) == bool(warned)
