# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""gunicorn.conf.py: the settings, their reasons, and literals that mean what was declared."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.gunicorn_conf import (
    Setting,
    compose,
    literal,
    render,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import Host, size
from hypothesis import given, settings
from hypothesis import strategies as st

Make = Callable[..., App]

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


@given(JSON)
@settings(derandomize=True, max_examples=150, deadline=None)
def test_a_literal_evaluates_to_the_value(value: Any) -> None:
    text = literal(value)
    assert ast.literal_eval(text) == value
    assert text.isascii()
    assert "\n" not in text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("a'b", '"a\'b"', id="quote"),
        pytest.param("ü\n", "'\\xfc\\n'", id="not ASCII"),
        pytest.param(True, "True", id="boolean"),
        pytest.param(("a", 1), "['a', 1]", id="tuple"),
        pytest.param({"a": [None]}, "{'a': [None]}", id="nested"),
        pytest.param({8: 1}, "{'8': 1}", id="keys become text, as JSON's are"),
        pytest.param([], "[]", id="empty"),
    ],
)
def test_literal(value: Any, expected: str) -> None:
    assert literal(value) == expected


def composed(app: App, host: Host, tmp: str = "/dev/shm", gunicorn: str = "23.0.0") -> dict[str, Setting]:
    instance = app.instances[0]
    found = compose(app, instance, size(instance.profile, host, settings=instance.settings), tmp, gunicorn)
    assert len(found) == len({setting.name for setting in found})
    return {setting.name: setting for setting in found}


def test_defaults(make_app: Make, host: Host) -> None:
    assert {name: setting.value for name, setting in composed(make_app(), host).items()} == {
        "backlog": 2048,
        "bind": ["unix:/run/gunicorn/shop/web.sock"],
        "forwarded_allow_ips": "*",
        "graceful_timeout": 30,
        "threads": 4,
        "timeout": 30,
        "worker_class": "gthread",
        "worker_tmp_dir": "/dev/shm",
        "workers": 5,
    }


@pytest.mark.parametrize(
    ("options", "gunicorn", "expected"),
    [
        pytest.param({"profile": "cpu"}, "23.0.0", {"worker_class": "sync", "threads": None}, id="sync has no threads"),
        pytest.param(
            {"profile": "realtime"}, "25.0.0", {"worker_connections": 1000}, id="connections of an event loop"
        ),
        pytest.param({}, "25.0.3", {"control_socket": None}, id="before the control socket"),
        pytest.param(
            {},
            "25.1.0",
            {"control_socket": "/run/gunicorn-shop-web/control.sock"},
            id="a control socket for each instance",
        ),
        pytest.param(
            {"bind": "127.0.0.1:80"}, "23.0.0", {"bind": ["127.0.0.1:80"], "forwarded_allow_ips": None}, id="TCP"
        ),
        pytest.param(
            {"settings": {"workers": 9, "threads": 2, "timeout": 60, "keepalive": 5, "backlog": 64}},
            "23.0.0",
            {"workers": 9, "threads": 2, "timeout": 60, "graceful_timeout": 60, "keepalive": 5, "backlog": 64},
            id="declared",
        ),
        pytest.param(
            {"settings": {"forwarded_allow_ips": "10.0.0.1"}},
            "23.0.0",
            {"forwarded_allow_ips": "10.0.0.1"},
            id="declared wins over derived",
        ),
        pytest.param(
            {"profile": "realtime", "settings": {"worker_connections": 50}},
            "25.0.0",
            {"worker_connections": 50},
            id="connections",
        ),
    ],
)
def test_compose(make_app: Make, host: Host, options: dict[str, Any], gunicorn: str, expected: dict[str, Any]) -> None:
    found = composed(make_app(**options), host, gunicorn=gunicorn)
    assert {name: found[name].value if name in found else None for name in expected} == expected


def test_every_derived_setting_has_its_reason(make_app: Make, host: Host) -> None:
    found = composed(make_app(settings={"keepalive": 5}), host)
    assert [name for name, setting in found.items() if not setting.reason] == ["keepalive"]
    assert found["workers"].reason.startswith("profile mixed gives 2 × CPUs + 1 = 5 with 2 CPUs")
    assert (
        composed(make_app(settings={"forwarded_allow_ips": "::1"}), host)["forwarded_allow_ips"].reason
        == "declared in settings"
    )


SECTIONS = {"bind": "Server Socket", "spew": "Debugging", "backlog": "Server Socket", "workers": "Worker Processes"}


def test_render() -> None:
    settings = [Setting("workers", 3), Setting("backlog", 5), Setting("bind", ["x"], "two\nlines")]
    text = render("shop (web)", settings, SECTIONS)
    assert text == (
        "# shop (web)\n"
        "# Managed by Ansible (wsgiops.gunicorn). Part of an immutable release: edits are drift.\n"
        "\n# ---- Server Socket ----\n"
        "\n# two lines\nbind = ['x']\n"
        "\nbacklog = 5\n"
        "\n# ---- Worker Processes ----\n"
        "\nworkers = 3\n"
    )


def test_rendered_file_is_python(make_app: Make, host: Host) -> None:
    given = {"logconfig_dict": {"version": 1, "root": {"handlers": ["ü"]}}, "keepalive": 2.5, "proc_name": None}
    found = composed(make_app(settings=given), host)
    namespace: dict[str, Any] = {}
    exec(compile(render("x", found.values(), dict.fromkeys(found, "All")), "gunicorn.conf.py", "exec"), namespace)
    assert {name: namespace[name] for name in found} == {name: setting.value for name, setting in found.items()}
    assert {name: namespace[name] for name in given} == given


@pytest.mark.parametrize(
    ("settings", "jitter"),
    [
        ({}, None),
        ({"max_requests": 0}, None),
        ({"max_requests": 9}, None),
        ({"max_requests": 1000}, 100),
        ({"max_requests": 1000, "max_requests_jitter": 0}, 0),
    ],
)
def test_jitter(make_app: Make, host: Host, settings: dict[str, Any], jitter: int | None) -> None:
    found = composed(make_app(settings=settings), host)
    assert (found["max_requests_jitter"].value if "max_requests_jitter" in found else None) == jitter
