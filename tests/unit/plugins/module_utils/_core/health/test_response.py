# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which responses are healthy, and what people see of them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.options import HEALTH_OPTIONS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.response import (
    checked_headers,
    judge,
    readable,
    summary,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.validate import check_health

DEFAULTS = {name: option.get("default") for name, option in HEALTH_OPTIONS.items()}


def checked(**given: Any) -> Health:
    return check_health("health.", {**DEFAULTS, **given}, "localhost")


@pytest.mark.parametrize(
    ("given", "status", "headers", "body", "problem"),
    [
        pytest.param({}, 200, {}, "", "", id="good"),
        pytest.param({}, 302, {}, "", "", id="redirect"),
        pytest.param({}, 404, {}, "", "", id="not found is below 500"),
        pytest.param({}, 499, {}, "", "", id="the last healthy one"),
        pytest.param({}, 500, {}, "", "status 500, expected any below 500", id="the first sick one"),
        pytest.param({"status": [200, 503]}, 503, {}, "", "", id="a status that is declared healthy"),
        pytest.param({"status": [200, 204]}, 404, {}, "", "status 404, expected 200, 204", id="another status"),
        pytest.param({"headers": {"X-V": "^2"}}, 200, {"x-v": "2.1"}, "", "", id="header"),
        pytest.param({"headers": {"X-V": "^2"}}, 200, {"x-v": "1.2"}, "", "header X-V does not match '^2'", id="wrong"),
        pytest.param({"headers": {"X-V": "2"}}, 200, {"x-v": "1.2"}, "", "", id="searched, not matched"),
        pytest.param({"headers": {"X-V": ""}}, 200, {"x-v": ""}, "", "", id="any value"),
        pytest.param({"headers": {"X-V": ""}}, 200, {"x-w": ""}, "", "no header X-V", id="no such header"),
        pytest.param({"body": "o.k"}, 200, {}, "it is o-k", "", id="body"),
        pytest.param({"body": "^ok$"}, 200, {}, "not ok", "body does not match '^ok$'", id="wrong body"),
        pytest.param({"body": "(?m)^ok$"}, 200, {}, "so\nok\n", "", id="a line of the body"),
        pytest.param({"body": "ok"}, 500, {}, "ok", "status 500, expected any below 500", id="status comes first"),
    ],
)
def test_verdict(given: dict[str, Any], status: int, headers: dict[str, str], body: str, problem: str) -> None:
    assert judge(checked(**given), status, headers, body) == problem


def test_checked_headers() -> None:
    health = checked(headers={"X-Version": "2", "X-None": ""})
    assert checked_headers(health, {"x-version": "1", "set-cookie": "hush"}) == ["X-Version: 1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("  a\n\tb  ", "a\n\tb", id="plain"),
        pytest.param("a" * 2000, "a" * 10, id="long"),
        pytest.param("\x1b[2Jx\x00", "\ufffd[2Jx\ufffd", id="terminal"),
        pytest.param("grün ≥ 1", "grün ≥ 1", id="not ASCII"),
    ],
)
def test_readable(text: str, expected: str) -> None:
    assert readable(text, 10) == expected


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        pytest.param({"refused": 1}, "1 attempt: 1 × refused", id="one"),
        pytest.param({"healthy": 1, "refused": 9}, "10 attempts: 9 × refused, 1 × healthy", id="frequent first"),
        pytest.param(
            dict.fromkeys("abcdefg", 1),
            "7 attempts: 1 × a, 1 × b, 1 × c, 1 × d, 1 × e, 2 others",
            id="many kinds",
        ),
    ],
)
def test_summary(outcomes: dict[str, int], expected: str) -> None:
    assert summary(outcomes) == expected
