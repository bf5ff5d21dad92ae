# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An exception that nobody expected is handled like any failure: put back, recorded, and its app's alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy import steps
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan import Plan
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.release import Release
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy import apps
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.apps import _by_itself
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.journal import Journal
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.transaction import Transaction
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import answered
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.detached import detached
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


@pytest.mark.parametrize("exc", STRAY, ids=lambda exc: type(exc).__name__)
def test_one_apps_failure(exc: Exception) -> None:
    case: Any = None
    result = _by_itself(raising(exc), case)
    assert result.failure is not None
    assert result.failure.cause.startswith(f"internal error: {type(exc).__name__}")
    assert "s3cret" not in str(result.data())
    assert _by_itself(lambda _case: Result({"a": 1}), case).values == {"a": 1}


@pytest.mark.parametrize("exc", STRAY, ids=lambda exc: type(exc).__name__)
def test_the_whole_module(exc: Exception) -> None:
    data = answered(raising(exc)).data()
    assert data["failed"] is True
    assert "s3cret" not in str(data)
    assert "github.com/wsgiops/wsgiops.gunicorn/issues" in data["msg"]


@pytest.mark.parametrize("exc", STRAY, ids=lambda exc: type(exc).__name__)
def test_the_process_that_outlives_its_caller(exc: Exception) -> None:
    with pytest.raises(HostError) as error:
        detached(raising(exc))
    assert error.value.cause.startswith(f"internal error: {type(exc).__name__}")
    assert "s3cret" not in error.value.explain()


def test_an_error_of_that_process_keeps_its_parts() -> None:
    told = HostError("no disk.", "df", "Nothing was changed.", "build")
    with pytest.raises(HostError) as error:
        detached(raising(told))
    assert error.value.failure == told.failure


def test_a_look_at_all_fails_because_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def look_at(_systemd: Systemd, some: Iterable[str]) -> dict[str, str]:
        names = list(some)
        asked.append(names)
        if "bad" in names:
            raise KeyError("s3cret")
        return {name: f"state of {name}" for name in names}

    monkeypatch.setattr(apps, "look", look_at)
    results: dict[str, Result] = {}
    named: Any = {"shop": "shop", "bad": "bad", "feed": "feed"}
    assert apps._look(Systemd(Runner()), named, results) == {"shop": "state of shop", "feed": "state of feed"}
    assert asked == [["shop", "bad", "feed"], ["shop"], ["bad"], ["feed"]]
    failure = results["bad"].failure
    assert failure is not None
    assert failure.cause.startswith("internal error: KeyError at ")
    assert "_host/deploy/apps.py:" in failure.evidence
    assert list(results) == ["bad"]
