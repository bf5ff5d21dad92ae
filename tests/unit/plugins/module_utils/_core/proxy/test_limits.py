# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.limits import (
    DEFAULTS,
    LIMIT_OPTIONS,
    Limits,
    app_settings,
    check_limits,
)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"client_header_timeout": 1},
        {"keepalive_timeout": 86400},
        {"limit_conn": 0},
        {"limit_conn": 65535},
        {"large_client_header_buffers": "8 16k"},
        {"large_client_header_buffers": "4 8192"},
    ],
)
def test_accepted(change: dict[str, object]) -> None:
    limits = replace(DEFAULTS, **change)
    assert check_limits("gunicorn_proxy_", limits) is limits


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_header_timeout", 0),
        ("client_body_timeout", -1),
        ("send_timeout", 86401),
        ("keepalive_timeout", 0),
        ("limit_conn", -1),
        ("limit_conn", 65536),
        ("large_client_header_buffers", "8k"),
        ("large_client_header_buffers", "4 8k; return 200"),
        ("large_client_header_buffers", "4 8k\n"),
        ("large_client_header_buffers", "0 8k"),
        ("large_client_header_buffers", "4 8"),
        ("large_client_header_buffers", "4 2m"),
        ("large_client_header_buffers", "4 0"),
    ],
)
def test_refused(name: str, value: object) -> None:
    with pytest.raises(InputError) as caught:
        check_limits("gunicorn_proxy_", replace(DEFAULTS, **{name: value}))
    assert caught.value.variable == f"gunicorn_proxy_{name}"


def test_options_are_the_limits() -> None:
    assert Limits(**{name: option["default"] for name, option in LIMIT_OPTIONS.items()}) == DEFAULTS


def test_no_limit_is_the_highest() -> None:
    assert app_settings(1, 2, 0) == [
        "client_body_timeout 1s;",
        "send_timeout 2s;",
        "limit_conn gunicorn_clients 65535;",
    ]
