# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment of pip and uv: checked, completed, and never shown."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.build_env import secrets_of, with_ca_bundle


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        pytest.param({"PIP_NO_INPUT": "1"}, set(), id="a switch is no secret"),
        pytest.param({"TOKEN": "abcdef"}, {"abcdef"}, id="long value"),
        pytest.param(
            {"PIP_INDEX_URL": "https://joe:s%40fe@pypi.corp/simple"},
            {"https://joe:s%40fe@pypi.corp/simple", "joe:s%40fe", "s%40fe", "s@fe"},
            id="password in a URL, quoted and not",
        ),
        pytest.param({"U": "//tok@h"}, {"//tok@h", "tok"}, id="short token in a URL"),
        pytest.param({"U": ""}, set(), id="empty"),
    ],
)
def test_secrets(env: dict[str, str], expected: set[str]) -> None:
    assert secrets_of(env) == expected


def test_ca_bundle_is_a_default() -> None:
    assert with_ca_bundle({"A": "b"}, "/ca.pem") == {"PIP_CERT": "/ca.pem", "A": "b"}
    assert with_ca_bundle({"PIP_CERT": "/own.pem"}, "/ca.pem") == {"PIP_CERT": "/own.pem"}
    assert with_ca_bundle({}, "") == {}
