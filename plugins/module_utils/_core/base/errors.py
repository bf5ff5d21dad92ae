# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two errors that stop a run. Their texts are written for people."""

from __future__ import annotations

from typing import NamedTuple


class InputError(ValueError):
    """The declaration is invalid. Raised before anything on the host has changed."""

    def __init__(self, variable: str, problem: str, hint: str = "") -> None:
        self.variable = variable
        self.problem = problem
        self.hint = hint
        super().__init__(f"{variable}: {problem}" + (f" {hint}" if hint else ""))

    @property
    def failure(self) -> Failure:
        return Failure(str(self))


class Failure(NamedTuple):
    """Why a run was refused or failed. `step` is the step of the deploy. Fields that do not apply are ''."""

    cause: str
    evidence: str = ""
    restored: str = ""
    step: str = ""

    def __str__(self) -> str:
        return "\n".join(part for part in (self.cause, self.evidence, self.restored) if part)


class HostError(RuntimeError):
    """The host could not be brought into the declared state: the cause, the evidence, and what was restored."""

    def __init__(self, cause: str, evidence: str = "", restored: str = "", step: str = "") -> None:
        self.cause = cause
        self.evidence = evidence.strip()
        self.restored = restored
        self.step = step
        super().__init__(cause)

    @property
    def failure(self) -> Failure:
        return Failure(self.cause, self.evidence, self.restored, self.step)

    def explain(self) -> str:
        return str(self.failure)
