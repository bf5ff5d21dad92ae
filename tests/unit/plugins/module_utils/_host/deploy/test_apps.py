# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong with one app is its failure, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy import apps
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd

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


@pytest.mark.parametrize("exc", STRAY, ids=lambda exc: type(exc).__name__)
def test_one_apps_failure(exc: Exception) -> None:
    case: Any = None
    result = apps._by_itself(raising(exc), case)
    assert result.failure is not None
    assert result.failure.cause.startswith(f"internal error: {type(exc).__name__}")
    assert "s3cret" not in str(result.data())
    assert apps._by_itself(lambda _case: Result({"a": 1}), case).values == {"a": 1}


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
