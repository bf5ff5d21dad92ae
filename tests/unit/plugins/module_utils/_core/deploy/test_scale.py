# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.scale import (
    check_workers,
    memory_warning,
    plan_scale,
    refusal,
)

UNIT = "gunicorn-shop-web.service"
SENT = f"send TTIN 2 times to {UNIT}: scale from 3 to 5 workers"


@pytest.mark.parametrize(
    ("scaled", "wanted", "signal", "times", "changes"),
    [
        pytest.param(0, 3, "", 0, [], id="as declared"),
        pytest.param(0, 0, "", 0, [], id="nothing wanted"),
        pytest.param(0, 5, "TTIN", 2, [SENT], id="more"),
        pytest.param(5, 5, "", 0, [], id="once more"),
        pytest.param(5, 0, "TTOU", 2, [f"send TTOU 2 times to {UNIT}: scale from 5 to 3 workers"], id="back"),
        pytest.param(5, 4, "TTOU", 1, [f"send TTOU to {UNIT}: scale from 5 to 4 workers"], id="one less"),
    ],
)
def test_plan(scaled: int, wanted: int, signal: str, times: int, changes: list[str]) -> None:
    plan = plan_scale(UNIT, 3, scaled, wanted)
    assert (plan.signal, plan.times, [*map(str, plan.changes)]) == (signal, times, changes)
    assert plan.workers == (wanted or 3)


@pytest.mark.parametrize(
    ("running", "asked", "said"),
    [(3, 3, ""), (5, 3, "some may still be finishing"), (2, 3, "gunicorn-shop-web.service runs 2 workers")],
)
def test_refusal(running: int, asked: int, said: str) -> None:
    assert said in refusal(UNIT, running, asked)
    assert bool(refusal(UNIT, running, asked)) == bool(said)


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
