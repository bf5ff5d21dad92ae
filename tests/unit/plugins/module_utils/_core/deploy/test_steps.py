# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.steps import (
    BOOT_CANARY,
    CANARY,
    CHECK,
    COMMANDS,
    DISMISS,
    FINISH,
    LIVE,
    PUT_BACK,
    REFUSED,
    REMOVE,
    STAND_IN,
    SWITCH,
    UNCHANGED,
    VERIFY,
    Situation,
    course,
    left_by,
    next_step,
)

ALL = (BOOT_CANARY, CHECK, COMMANDS, CANARY, STAND_IN, SWITCH, VERIFY, DISMISS, REMOVE, FINISH)
USUAL = tuple(step for step in ALL if step not in (COMMANDS, REMOVE))
WITHOUT = tuple(step for step in ALL if step not in (BOOT_CANARY, STAND_IN, DISMISS))


@pytest.mark.parametrize(
    ("situation", "steps"),
    [
        pytest.param(Situation(True, True, False, True, True, False), USUAL, id="a new release of an app that serves"),
        pytest.param(
            Situation(True, True, True, True, True, False),
            (CHECK, COMMANDS, CANARY, STAND_IN, SWITCH, VERIFY, DISMISS, FINISH),
            id="the canary may need what release commands do",
        ),
        pytest.param(
            Situation(True, True, False, True, True, True),
            tuple(step for step in ALL if step != COMMANDS),
            id="an instance less",
        ),
        pytest.param(Situation(False, True, False, False, False, True), (SWITCH, REMOVE), id="a stray unit"),
        pytest.param(
            Situation(True, True, True, True, False, False),
            tuple(step for step in WITHOUT if step != REMOVE),
            id="a first deploy",
        ),
        pytest.param(
            Situation(False, True, True, True, True, False), (STAND_IN, SWITCH, VERIFY, DISMISS), id="the same release"
        ),
        pytest.param(
            Situation(False, True, True, True, False, False, True),
            (CANARY, SWITCH, VERIFY),
            id="the same release, and no memory for a stand-in: what serves ends only if the next can boot",
        ),
        pytest.param(
            Situation(False, True, True, True, False, False), (SWITCH, VERIFY), id="the same, and nothing serves"
        ),
        pytest.param(Situation(False, True, False, False, False, False), (SWITCH,), id="only files"),
        pytest.param(
            Situation(False, True, False, False, True, False), (STAND_IN, SWITCH, DISMISS), id="a stand-in was left"
        ),
        pytest.param(Situation(True, True, False, False, False, False), (SWITCH, FINISH), id="only `current`"),
        pytest.param(
            Situation(True, False, False, True, True, False),
            (CANARY, STAND_IN, SWITCH, VERIFY, DISMISS, FINISH),
            id="a rollback",
        ),
    ],
)
def test_course(situation: Situation, steps: tuple[str, ...]) -> None:
    assert course(situation) == steps


def walk(steps: tuple[str, ...], bad: str = "") -> list[str]:
    """All steps of a deploy in which one goes wrong, and how it ends."""
    taken, at, good = [], "", True
    while at not in (LIVE, REFUSED):
        at = next_step(steps, at, good)
        taken.append(at)
        good = good and at != bad
    return taken


def test_a_good_deploy_takes_every_step_once() -> None:
    assert walk(ALL) == [*ALL, LIVE]


@pytest.mark.parametrize(
    ("bad", "then"),
    [
        (BOOT_CANARY, [REFUSED]),
        (CHECK, [REFUSED]),
        (COMMANDS, [REFUSED]),
        (CANARY, [REFUSED]),
        (STAND_IN, [DISMISS, REFUSED]),
        (SWITCH, [PUT_BACK, DISMISS, REFUSED]),
        (VERIFY, [PUT_BACK, DISMISS, REFUSED]),
        (DISMISS, [REFUSED]),
        (REMOVE, [REFUSED]),
        (FINISH, [PUT_BACK, DISMISS, REFUSED]),
    ],
)
def test_a_failure_is_undone(bad: str, then: list[str]) -> None:
    assert walk(ALL, bad) == [*ALL[: ALL.index(bad) + 1], *then]


@pytest.mark.parametrize("bad", [SWITCH, VERIFY, FINISH])
def test_without_a_stand_in_nothing_is_dismissed(bad: str) -> None:
    assert walk(WITHOUT, bad)[-2:] == [PUT_BACK, REFUSED]


@pytest.mark.parametrize("flags", list(itertools.product([True, False], repeat=7)))
def test_in_every_situation_with_every_failure(flags: tuple[bool, ...]) -> None:
    steps = course(Situation(*flags))
    for bad in steps:
        taken = walk(steps, bad)
        assert taken[-1] == REFUSED
        changed = SWITCH in taken
        assert (PUT_BACK in taken) == (changed and bad in (SWITCH, VERIFY, FINISH))
        if STAND_IN in taken:
            assert DISMISS in taken


@pytest.mark.parametrize(
    ("failed", "unchanged", "said"),
    [
        (CHECK, True, ""),
        (COMMANDS, True, "were not undone"),
        (CANARY, True, ""),
        (STAND_IN, True, ""),
        (DISMISS, False, "The new release serves"),
        (REMOVE, False, "The new release serves"),
    ],
)
def test_what_a_failure_leaves(failed: str, unchanged: bool, said: str) -> None:
    assert left_by(failed).startswith(UNCHANGED) is unchanged
    assert said in left_by(failed)
