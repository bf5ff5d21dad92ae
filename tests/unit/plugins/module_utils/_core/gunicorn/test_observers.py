# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.observers import render_observers

Make = Callable[..., App]


@pytest.mark.parametrize(
    ("access_log", "log_memory", "has"),
    [
        ("none", False, []),
        ("text", False, []),
        ("json", False, ["logger_class = JsonAccessLogger"]),
        ("none", True, ["def worker_exit("]),
        ("json", True, ["logger_class = JsonAccessLogger", "def worker_exit("]),
    ],
)
def test_render(access_log: str, log_memory: bool, has: list[str]) -> None:
    text = render_observers(access_log, log_memory)
    compile(text, "gunicorn.conf.py", "exec")
    assert bool(text) == bool(has)
    assert all(part in text for part in has)


@pytest.mark.parametrize(
    ("options", "name", "said"),
    [
        (
            {"access_log": "json", "settings": {"worker_class": "uvicorn_worker.UvicornWorker"}},
            "access_log",
            "uvicorn's worker writes its own access log",
        ),
        (
            {"access_log": "json", "instances": {"web": {"settings": {"logger_class": "shop.Log"}}}},
            "access_log",
            "json and settings.logger_class are mutually exclusive",
        ),
        ({"access_log": "json", "settings": {"statsd_host": "h:1"}}, "access_log", "settings.statsd_host"),
        ({"access_log": "json", "settings": {"access_log_format": "%(h)s"}}, "access_log", "would be ignored"),
        (
            {"log_memory": True, "settings": {"worker_exit": "shop.x"}},
            "log_memory",
            "conflicts with settings.worker_exit",
        ),
    ],
)
def test_refused(make_app: Make, options: dict[str, Any], name: str, said: str) -> None:
    with pytest.raises(InputError, match=f"^gunicorn_apps.shop.{name}") as refused:
        make_app(**options)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, None),
        ({"access_log": "text"}, "-"),
        ({"access_log": "json"}, "-"),
        ({"access_log": "json", "settings": {"accesslog": "/var/log/x"}}, "/var/log/x"),
    ],
)
def test_access_log_goes_to_the_journal(make_app: Make, options: dict[str, Any], expected: str) -> None:
    assert make_app(**options).instances[0].settings.get("accesslog") == expected
