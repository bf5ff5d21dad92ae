# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another number of workers for a master that runs: which signals that takes, and whether there is memory for it."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizes import show_size

MOST = 1000  # a slip of the finger; Gunicorn itself takes any number


class Scale(NamedTuple):
    """`signal` is sent `times` times."""

    workers: int
    signal: str = ""
    times: int = 0
    changes: tuple[str, ...] = ()


def check_workers(workers: int) -> int:
    if not 1 <= workers <= MOST:
        raise InputError("workers", f"{workers} is not from 1 to {MOST}.", "Leave it out for the declared number.")
    return workers


def plan_scale(unit: str, declared: int, running: int, scaled: int, wanted: int) -> Scale:
    """`scaled` is the number that was remembered; 0: none. `wanted` 0 means the declared one."""
    workers = wanted or declared
    more = workers - running
    signal = "TTIN" if more > 0 else "TTOU" if more < 0 else ""
    changes = []
    if more:
        times = f" {abs(more)} times" if abs(more) > 1 else ""
        changes.append(f"send {signal}{times} to {unit}: {running} workers run, {workers} are wanted")
    if workers == declared and scaled:
        changes.append(f"forget that {unit} was scaled to {scaled}")
    elif workers not in (declared, scaled):
        changes.append(f"remember {workers} workers of {unit} for as long as its master lives")
    return Scale(workers, signal, abs(more), tuple(changes))


def memory_warning(more: int, each: int, available: int) -> str:
    """`each` are the bytes of the largest worker of now; '' where there is room."""
    needed = more * each
    if more <= 0 or needed <= available:
        return ""
    return (
        f"{more} more workers of {show_size(each)}, as the largest of now, need {show_size(needed)}, and "
        f"{show_size(available)} are available: the kernel may kill workers."
    )
