# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scaling the workers of a running master: which signals it takes, and whether there is memory for it."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import show_size

MOST = 1000  # guards against typing errors; Gunicorn itself accepts any number


class Scale(NamedTuple):
    """What to do: send `signal` `times` times to end up with `workers`."""

    workers: int
    signal: str = ""
    times: int = 0
    changes: tuple[Change, ...] = ()


def check_workers(workers: int) -> int:
    """Return the number; raise InputError if it is out of range."""
    if not 1 <= workers <= MOST:
        raise InputError("workers", f"{workers} is not from 1 to {MOST}.", "Omit it to return to the declared number.")
    return workers


def plan_scale(unit: str, declared: int, scaled: int, workers: int) -> Scale:
    """Plan the signals that take the master from its last target to `workers` (0: the declared number).

    `scaled` is the last target if it is not the declared number, else 0. The number of running workers does not matter:
    some may still be finishing their requests.
    """
    workers, target = workers or declared, scaled or declared
    more = workers - target
    signal = "TTIN" if more > 0 else "TTOU" if more < 0 else ""
    if not more:
        return Scale(workers)
    times = f" {abs(more)} times" if abs(more) > 1 else ""
    why = f"scale from {target} to {workers} workers"
    return Scale(workers, signal, abs(more), (Change(f"send {signal}{times} to", unit, why),))


def refusal(unit: str, running: int, target: int) -> str:
    """Return why the master cannot be scaled now; '' if it runs as many workers as its last target."""
    if running == target:
        return ""
    more = "some may still be finishing their requests, or " if running > target else ""
    return (
        f"{unit} runs {running} workers, but its master was last set to {target}: {more}somebody has sent signals "
        "by hand."
    )


def memory_warning(more: int, each: int, available: int) -> str:
    """Return a warning if `more` workers of `each` bytes do not fit into the available ones, else ''."""
    needed = more * each
    if more <= 0 or needed <= available:
        return ""
    return (
        f"{more} more workers of {show_size(each)}, the size of the largest one now, need {show_size(needed)}, but "
        f"only {show_size(available)} are available: the kernel may kill workers."
    )
