# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which step of a deploy comes next. Until the switch nothing that runs has changed; after it, a failure is undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

BOOT_CANARY, CHECK, COMMANDS, CANARY = "boot canary", "check", "release commands", "canary"
STAND_IN = "stand-in"
SWITCH, VERIFY, REMOVE, FINISH = "switch", "verify", "remove units", "finish"
PUT_BACK, DISMISS = "put back", "dismiss stand-in"
LIVE, REFUSED = "live", "refused"  # the two ends
UNCHANGED = "Nothing that runs was changed."
FORWARD = (BOOT_CANARY, CHECK, COMMANDS, CANARY, STAND_IN, SWITCH, VERIFY, DISMISS, REMOVE, FINISH)


class Situation(NamedTuple):
    fresh: bool  # the release is not the one that `current` names
    check: bool  # it was not checked before
    commands: bool  # it has release commands, and this host is the one to run them
    processes: bool  # services are started or replaced
    stand_in: bool  # something serves, and a second generation bridges the switch
    removes: bool  # units of instances that are no longer declared
    serves: bool = False  # something does now, and is to be replaced


def course(situation: Situation) -> tuple[str, ...]:
    """The steps of a deploy that goes well, in order."""
    check = situation.fresh and situation.check and situation.processes
    wanted = {
        # It boots while the import is checked, where nothing has to happen in between and there is memory for two.
        BOOT_CANARY: check and situation.stand_in and not (situation.fresh and situation.commands),
        CHECK: check,
        COMMANDS: situation.fresh and situation.commands,
        # Without a stand-in, what serves ends before the next is there: only if the next can boot.
        CANARY: situation.processes and (situation.fresh or (situation.serves and not situation.stand_in)),
        STAND_IN: situation.stand_in,
        SWITCH: True,
        VERIFY: situation.processes,
        DISMISS: situation.stand_in,
        REMOVE: situation.removes,
        FINISH: situation.fresh,
    }
    return tuple(step for step in FORWARD if wanted[step])


def next_step(steps: Sequence[str], at: str, good: bool) -> str:
    """The step after this one; `at` is '' at the start, `good` is whether all went well until now."""
    if not at:
        return steps[0]
    if good:
        following = steps[steps.index(at) + 1 :]
        return following[0] if following else LIVE
    if at in (SWITCH, VERIFY, FINISH):
        return PUT_BACK
    # Whether putting back worked or not, the stand-in has no more to give.
    if at == STAND_IN or (at == PUT_BACK and DISMISS in steps):
        return DISMISS
    return REFUSED


def left_by(failed: str) -> str:
    """What a failure of this step leaves behind where nothing is put back, for people."""
    if failed == COMMANDS:
        return f"{UNCHANGED} What the release commands did stays done."
    if failed in (DISMISS, REMOVE):
        return "The new release serves, but the deploy is not finished; the next run does that."
    return UNCHANGED
