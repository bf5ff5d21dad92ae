# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever goes wrong in a switch, the release that was live is put back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy import steps
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan import Plan
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.release import Release
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.journal import Journal
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.transaction import Transaction
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd

PUT_BACK = "Release r1 was put back and answers again."
STRAY = [
    TypeError("s3cret"),
    KeyError("s3cret"),
    RecursionError("s3cret"),
    UnicodeDecodeError("utf-8", b"s3cret", 0, 1, "x"),
]


def raising(exc: BaseException) -> Callable[..., NoReturn]:
    def act(*_given: Any) -> NoReturn:
        raise exc

    return act


def run(course: Sequence[str], **actions: Callable[[], str]) -> tuple[list[str], HostError]:
    """Run a course of steps without services, and return the steps and the error."""
    release = Release("r2", {}, (), Health(), "27.0", "shop:app", "/s", "/v")
    journal = Journal()
    acts: dict[str, Callable[[], str]] = {name: (lambda: "done") for name in course}
    acts |= {steps.PUT_BACK: lambda: PUT_BACK, **{name.replace("_", " "): act for name, act in actions.items()}}
    transaction = Transaction(Systemd(Runner()), Layout("shop"), Plan("shop"), release, None, acts, journal, "auto", ())
    with pytest.raises(HostError) as error:
        transaction.run(course)
    return [step.name for step in journal.steps], error.value


@pytest.mark.parametrize("exc", STRAY, ids=lambda exc: type(exc).__name__)
@pytest.mark.parametrize("step", [steps.SWITCH, steps.VERIFY, steps.FINISH])
def test_from_the_switch_on_the_old_release_is_put_back(exc: Exception, step: str) -> None:
    taken, error = run((steps.SWITCH, steps.VERIFY, steps.FINISH), **{step: raising(exc)})
    assert taken[-2:] == [step, steps.PUT_BACK]
    assert error.cause.startswith(f"internal error: {type(exc).__name__}")
    assert error.cause.endswith("This is a bug of wsgiops.gunicorn.")
    assert (error.step, error.restored) == (step, PUT_BACK)
    assert "s3cret" not in error.explain()


def test_before_the_switch_nothing_is_changed() -> None:
    taken, error = run((steps.CHECK, steps.SWITCH), check=raising(TypeError("x")))
    assert taken == [steps.CHECK]
    assert error.restored == steps.UNCHANGED


def test_the_way_back_fails_as_well() -> None:
    _taken, error = run((steps.SWITCH,), switch=raising(HostError("no.")), put_back=raising(KeyError("s3cret")))
    assert error.cause == "no."
    assert error.restored.startswith("internal error: KeyError")
    assert "s3cret" not in error.explain()


def test_wrong_input_that_only_a_step_finds_is_put_back_too() -> None:
    _taken, error = run((steps.SWITCH,), switch=raising(InputError("app", "is wrong.")))
    assert (error.cause, error.restored) == ("app: is wrong.", PUT_BACK)


def test_a_plan_that_has_to_be_made_again_is_no_failure() -> None:
    release = Release("r2", {}, (), Health(), "27.0", "shop:app", "/s", "/v")
    actions = {steps.CHECK: raising(steps.StartOver())}
    transaction = Transaction(
        Systemd(Runner()), Layout("shop"), Plan("shop"), release, None, actions, Journal(), "auto", ()
    )
    with pytest.raises(steps.StartOver):
        transaction.run((steps.CHECK, steps.SWITCH))
