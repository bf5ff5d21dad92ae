# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Change the number of workers of a running master: which signals to send, and whether there is enough memory."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import show_size

MOST = 1000  # more is probably a typing error; Gunicorn itself accepts any number


class Scale(NamedTuple):
    """What to do: send `signal` `times` times to end up with `workers`."""

    workers: int
    signal: str = ""
    times: int = 0
    changes: tuple[Change, ...] = ()


def check_workers(workers: int) -> int:
    """Return the number, or raise InputError if it is out of range."""
    if not 1 <= workers <= MOST:
        raise InputError("workers", f"{workers} is not between 1 and {MOST}.", "Omit it for the declared number.")
    return workers


def plan_scale(unit: str, declared: int, scaled: int, requested: int) -> Scale:
    """Return the signals that take the master from its target number of workers to the requested one.

    `scaled` is the master's target if it is not the declared number, else 0; `requested` is 0 for the declared number.
    How many workers run does not matter: some may still be finishing their requests.
    """
    workers, target = requested or declared, scaled or declared
    more = workers - target
    signal = "TTIN" if more > 0 else "TTOU" if more < 0 else ""
    if not more:
        return Scale(workers)
    times = f" {abs(more)} times" if abs(more) > 1 else ""
    why = f"{workers} workers were requested instead of {target}"
    return Scale(workers, signal, abs(more), (Change(f"send {signal}{times} to", unit, why),))


def refusal(unit: str, running: int, target: int) -> str:
    """Explain why signals cannot be counted; return '' if as many workers run as the master should have."""
    if running == target:
        return ""
    more = "some may still be finishing their requests, or " if running > target else ""
    return f"{unit} has {running} workers instead of {target}: {more}somebody sent signals to its master manually."


def memory_warning(more: int, each: int, available: int) -> str:
    """Return a warning if there is not enough memory, else ''. `each` is the size of the largest worker in bytes."""
    needed = more * each
    if more <= 0 or needed <= available:
        return ""
    return (
        f"{more} more workers of {show_size(each)} each (the size of the largest one now) need {show_size(needed)}, "
        f"but only {show_size(available)} is available: the kernel may kill workers."
    )
