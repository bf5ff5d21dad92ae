# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another number of workers for a master that runs: which signals that takes, and whether there is memory for it."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import show_size

MOST = 1000  # a slip of the finger; Gunicorn itself takes any number


class Scale(NamedTuple):
    """`signal` is sent `times` times."""

    workers: int
    signal: str = ""
    times: int = 0
    changes: tuple[Change, ...] = ()


def check_workers(workers: int) -> int:
    if not 1 <= workers <= MOST:
        raise InputError("workers", f"{workers} is not from 1 to {MOST}.", "Leave it out for the declared number.")
    return workers


def plan_scale(unit: str, declared: int, scaled: int, wanted: int) -> Scale:
    """From the number that the master was last asked for; `scaled` is that where it is not the declared one, else 0.

    `wanted` 0 means the declared one. How many run has no part in it: some may still finish what they have.
    """
    workers, asked = wanted or declared, scaled or declared
    more = workers - asked
    signal = "TTIN" if more > 0 else "TTOU" if more < 0 else ""
    if not more:
        return Scale(workers)
    times = f" {abs(more)} times" if abs(more) > 1 else ""
    why = f"{workers} workers are wanted, not {asked}"
    return Scale(workers, signal, abs(more), (Change(f"send {signal}{times} to", unit, why),))


def refusal(unit: str, running: int, asked: int) -> str:
    """Why nothing can be counted from; '' where as many run as the master was asked for."""
    if running == asked:
        return ""
    more = "some of them may still finish what they have, or " if running > asked else ""
    return (
        f"{running} workers of {unit} run, and its master was asked for {asked}: {more}somebody has sent signals "
        "by hand."
    )


def memory_warning(more: int, each: int, available: int) -> str:
    """`each` are the bytes of the largest worker of now; '' where there is room."""
    needed = more * each
    if more <= 0 or needed <= available:
        return ""
    return (
        f"{more} more workers of {show_size(each)}, as the largest of now, need {show_size(needed)}, and "
        f"{show_size(available)} are available: the kernel may kill workers."
    )
