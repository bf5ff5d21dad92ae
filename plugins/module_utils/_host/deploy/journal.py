# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a deploy as they happen: for the result, for the history, and for other runs via the lock file."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass
class Step:
    name: str
    seconds: float = 0.0
    verdict: str = ""


class Journal:
    """Records the steps; `tell` is called with the name of every step when it begins."""

    def __init__(self, tell: Callable[[str], None] = lambda step: None) -> None:
        self.steps: list[Step] = []
        self.tell = tell

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Record a step and its duration; the caller sets its verdict."""
        one = Step(name)
        self.steps.append(one)
        self.tell(name)
        started = time.monotonic()
        try:
            yield one
        except BaseException as exc:
            one.verdict = getattr(exc, "verdict", "failed")
            raise
        finally:
            one.seconds = round(time.monotonic() - started, 3)

    @property
    def seconds(self) -> dict[str, float]:
        """The seconds of each step; those of a repeated step are added up."""
        spent: dict[str, float] = {}
        for step in self.steps:
            spent[step.name] = round(spent.get(step.name, 0.0) + step.seconds, 3)
        return spent

    def lines(self) -> list[str]:
        """Format each step as a line for people."""
        return [
            f"{step.name} {step.seconds:.2f} s" + (f": {_first(step.verdict)}" if step.verdict else "")
            for step in self.steps
        ]

    def data(self) -> list[dict[str, Any]]:
        return [{"step": step.name, "seconds": step.seconds, "verdict": _first(step.verdict)} for step in self.steps]


def _first(text: str) -> str:
    return text.partition("\n")[0]
