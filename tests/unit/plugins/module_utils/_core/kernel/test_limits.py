# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits of login sessions."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import FileState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.limits import (
    PATH,
    check_limits,
    plan_limits,
    render_limits,
)

GOOD = {"domain": "@deploy", "type": "-", "item": "nofile", "value": "65535"}


def test_render() -> None:
    assert render_limits([GOOD]).splitlines()[-1] == "@deploy - nofile 65535"


def test_plan() -> None:
    same = FileState(render_limits([GOOD]), 0o644, "root", "root")
    assert plan_limits([], None) is None
    assert plan_limits([GOOD], same) is None
    created, removed = plan_limits([GOOD], None), plan_limits([], same)
    assert created is not None and str(created.change("limits-file")) == f"create {PATH}"
    assert removed is not None and str(removed.change("limits-file")) == f"remove {PATH}"


@pytest.mark.parametrize(
    "change",
    [{}, {"domain": "*"}, {"domain": "www-data"}, {"domain": "1000:"}, {"value": "unlimited"}, {"type": "soft"}],
)
def test_accepted(change: dict[str, Any]) -> None:
    check_limits("v", [{**GOOD, **change}])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"item": "nofiles"}, "v[0].item: 'nofiles' is not a known item. Did you mean 'nofile'", id="item"),
        pytest.param({"value": "many"}, "v[0].value", id="value"),
        pytest.param({"domain": "a b"}, "v[0].domain", id="domain"),
        pytest.param({"domain": "x\n* hard core 0"}, "v[0].domain", id="two lines"),
        pytest.param({"type": "sotf"}, "Did you mean 'soft'?", id="type"),
    ],
)
def test_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_limits("v", [{**GOOD, **change}])
    assert said in str(caught.value)


def test_repeated() -> None:
    with pytest.raises(InputError) as caught:
        check_limits("v", [GOOD, {**GOOD, "value": "1"}])
    assert "v[1]: duplicates v[0]" in str(caught.value)
