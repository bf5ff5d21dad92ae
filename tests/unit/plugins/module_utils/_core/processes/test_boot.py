# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.boot import (
    HOPELESS,
    READY,
    WAIT,
    Memory,
    Seen,
    judge,
    remember,
)


def seen(
    workers: dict[int, bool], state: str = "active", sub: str = "running", restarts: int = 0, master: int = 9
) -> Seen:
    return Seen(state, sub, restarts, master, workers)


@pytest.mark.parametrize(
    ("looks", "kind", "why"),
    [
        pytest.param([seen({1: True, 2: True})], READY, "2 of 2", id="all have beaten"),
        pytest.param([seen({1: True, 2: True, 3: True})], READY, "3 of 2", id="more than asked for"),
        pytest.param([seen({1: True, 2: False})], WAIT, "1 of 2", id="one still boots"),
        pytest.param([seen({1: True, 2: True, 3: False})], WAIT, "2 of 3", id="a further one still boots"),
        pytest.param([seen({1: True})], WAIT, "1 of 2", id="one is missing"),
        pytest.param([seen({})], WAIT, "0 of 2", id="none yet"),
        pytest.param([seen({}, "activating", "start")], WAIT, "activating", id="the master starts"),
        pytest.param([seen({}, "inactive", "dead", master=0)], WAIT, "inactive", id="not started"),
        pytest.param([seen({}, "failed", "failed", master=0)], HOPELESS, "master died", id="failed"),
        pytest.param([seen({}, "activating", "auto-restart", master=0)], HOPELESS, "master died", id="restarting"),
        pytest.param([seen({1: True, 2: True}, restarts=1)], HOPELESS, "master died", id="it died before"),
        pytest.param([seen({1: True, 2: True}), seen({3: True, 4: True}, master=8)], HOPELESS, "master", id="another"),
        pytest.param(
            [seen({1: False}), seen({2: False}), seen({3: False}), seen({4: False})], HOPELESS, "3 so far", id="loop"
        ),
        pytest.param([seen({1: False}), seen({2: False}), seen({3: True, 4: True})], READY, "2 of 2", id="one slip"),
        pytest.param(
            [seen({1: True, 2: True}), seen({3: True, 4: True}), seen({5: True, 6: True})], READY, "2", id="recycled"
        ),
    ],
)
def test_verdict(looks: list[Seen], kind: str, why: str) -> None:
    memory = Memory()
    for look in looks:
        memory = remember(memory, look)
    verdict = judge(looks[-1], memory, 2)
    assert verdict.kind == kind
    assert why in verdict.why


def test_restarts_of_earlier_days_are_not_those_of_a_reload() -> None:
    """The master stays: what it was restarted for, weeks ago, says nothing of the new workers."""
    look = seen({1: True, 2: True}, restarts=3)
    assert judge(look, remember(Memory(restarts=3), look), 2).kind == READY
    assert judge(look, remember(Memory(restarts=2), look), 2).kind == HOPELESS
