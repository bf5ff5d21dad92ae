# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that the role decides, and values that no Gunicorn takes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.owned_settings import (
    OWNED,
    check_settings,
    with_numbers,
)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="none"),
        pytest.param(
            {"keepalive": 5, "accesslog": "-", "made_up": 1}, id="names are for the installed Gunicorn to judge"
        ),
        pytest.param({"reload": False, "bind": None, "raw_env": []}, id="an owned setting that is off"),
        pytest.param(
            {"workers": 1, "threads": 1, "timeout": 0, "graceful_timeout": 1, "backlog": 1}, id="least numbers"
        ),
        pytest.param({"worker_class": "gevent"}, id="worker class"),
        pytest.param({"workers": "2n+1"}, id="a formula of the CPUs"),
    ],
)
def test_accepted(settings: dict[str, Any]) -> None:
    check_settings("v", settings)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        *(pytest.param(name, "x", hint, id=f"owned: {name}") for name, hint in OWNED.items()),
        pytest.param("worker_class", "gaiohttp", "removed in Gunicorn 20.0", id="gone: gaiohttp"),
        pytest.param("worker_class", "eventlet", "removed in Gunicorn 26.0", id="gone: eventlet"),
        pytest.param("keep-alive", 1, "not a valid setting name", id="dash"),
        pytest.param("a\nb", 1, "not a valid setting name", id="line break"),
        pytest.param("", 1, "not a valid setting name", id="empty"),
        pytest.param("Timeout", 1, "Did you mean 'timeout'", id="upper case"),
        pytest.param("workers", 0, "at least 1", id="no workers"),
        pytest.param("workers", "4", "whole number", id="number as text"),
        pytest.param("threads", True, "whole number", id="boolean"),
        pytest.param("timeout", -1, "at least 0", id="negative"),
        pytest.param("timeout", 2.5, "whole number", id="fraction"),
        pytest.param("timeout", None, "whole number", id="null"),
        pytest.param("graceful_timeout", 0, "at least 1", id="no grace"),
        pytest.param("backlog", 0, "at least 1", id="no backlog"),
    ],
)
def test_refused(name: str, value: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_settings("v", {name: value})
    assert caught.value.variable == f"v.{name}"
    assert said in str(caught.value)


@pytest.mark.parametrize("value", [["gthread"], {"gthread": 1}], ids=["list", "dictionary"])
def test_a_worker_class_that_is_no_text(value: Any) -> None:
    with pytest.raises(InputError) as caught:
        check_settings("v", {"worker_class": value})
    assert caught.value.variable == "v.worker_class"


def test_a_name_that_is_no_text() -> None:
    with pytest.raises(InputError):
        check_settings("v", {1: 2})  # type: ignore[dict-item]


def test_numbers_as_text() -> None:
    given = {"workers": "3", "timeout": "x", "proc_name": "7", "threads": 2}
    assert with_numbers(given) == {"workers": 3, "timeout": "x", "proc_name": "7", "threads": 2}
