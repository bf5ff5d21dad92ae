# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two errors that stop a run, written for people; and what becomes of all other exceptions."""

from __future__ import annotations

from typing import NamedTuple

ISSUES = "https://github.com/wsgiops/wsgiops.gunicorn/issues"
OURS = "/plugins/module_utils/"
MOST_PLACES = 8


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


def as_host_error(exc: BaseException) -> HostError:
    """Return any exception as a HostError.

    One that nobody expected is a bug. Its message is left out, because it may quote anything: a secret, or what an app
    wrote. Its class and its place are enough to find the bug.
    """
    if isinstance(exc, HostError):
        return exc
    if isinstance(exc, InputError):
        return HostError(str(exc))
    if isinstance(exc, OSError) and exc.strerror:
        return HostError(f"{exc.strerror}: {exc.filename}" if exc.filename else str(exc.strerror))
    if isinstance(exc, MemoryError):
        return HostError("this host has not enough free memory for this run.")
    places = _places(exc)
    where = f" at {places[-1]}" if places else ""
    called = f"Called by {', '.join(reversed(places[:-1]))}.\n" if len(places) > 1 else ""
    return HostError(
        f"internal error: {type(exc).__name__}{where}. This is a bug of wsgiops.gunicorn.",
        f"{called}Please report these lines at {ISSUES}.",
    )


def _places(exc: BaseException) -> list[str]:
    """Return where our own code was, the innermost place last."""
    found = []
    step = exc.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        _before, ours, file = code.co_filename.rpartition(OURS)
        if ours:
            found.append(f"{file}:{step.tb_lineno} ({code.co_name})")
        step = step.tb_next
    return found[-MOST_PLACES:]
