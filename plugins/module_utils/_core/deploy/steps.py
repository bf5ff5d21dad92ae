# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which step of a deploy comes next. Before the switch no running process is changed; after it, a failure is undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

BOOT_CANARY, CHECK, COMMANDS, CANARY = "boot canary", "check", "release commands", "canary"
STAND_IN = "stand-in"
SWITCH, VERIFY, REMOVE, FINISH = "switch", "verify", "remove units", "finish"
PUT_BACK, DISMISS = "put back", "dismiss stand-in"
LIVE, REFUSED = "live", "refused"  # the two ends
UNCHANGED = "No running process was changed."
FORWARD = (BOOT_CANARY, CHECK, COMMANDS, CANARY, STAND_IN, SWITCH, VERIFY, DISMISS, REMOVE, FINISH)


class StartOver(Exception):
    """A step has found out something for which the plan has to be made again. It is not a failure."""


class Situation(NamedTuple):
    """What the steps of a deploy depend on."""

    fresh: bool  # the release is not the one that `current` names
    check: bool  # this run can check the import; a rollback cannot
    commands: bool  # it has release commands, and this host runs them
    processes: bool  # services are started or replaced
    stand_in: bool  # the app is serving, and a second generation bridges the switch
    removes: bool  # instances are no longer declared, and their units are removed
    serves: bool = False  # some instance is serving now and will be replaced


def course(situation: Situation) -> tuple[str, ...]:
    """Return the steps of a successful deploy, in order."""
    check = situation.fresh and situation.check and situation.processes
    needed = {
        # It boots during the import check if nothing has to happen in between and there is memory for both.
        BOOT_CANARY: check and situation.stand_in and not (situation.fresh and situation.commands),
        CHECK: check,
        COMMANDS: situation.fresh and situation.commands,
        # Without a stand-in, the old processes stop before new ones run: first prove that new ones can boot.
        CANARY: situation.processes and (situation.fresh or (situation.serves and not situation.stand_in)),
        STAND_IN: situation.stand_in,
        SWITCH: True,
        VERIFY: situation.processes,
        DISMISS: situation.stand_in,
        REMOVE: situation.removes,
        FINISH: situation.fresh,
    }
    return tuple(step for step in FORWARD if needed[step])


def next_step(steps: Sequence[str], at: str, good: bool) -> str:
    """Return the step after `at` ('' at the start); `good` is whether all steps have succeeded so far."""
    if not at:
        return steps[0]
    if good:
        following = steps[steps.index(at) + 1 :]
        return following[0] if following else LIVE
    if at in (SWITCH, VERIFY, FINISH):
        return PUT_BACK
    # The stand-in is no longer needed, whether the old release could be put back or not.
    if at == STAND_IN or (at == PUT_BACK and DISMISS in steps):
        return DISMISS
    return REFUSED


def left_by(failed: str) -> str:
    """Describe, for people, the state after a failure of this step if nothing is put back."""
    if failed == COMMANDS:
        return f"{UNCHANGED} Effects of the release commands were not undone."
    if failed in (DISMISS, REMOVE):
        return "The new release serves, but the deploy is not finished; the next run finishes it."
    return UNCHANGED
