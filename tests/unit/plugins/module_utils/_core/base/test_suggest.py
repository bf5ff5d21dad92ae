# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The question "Did you mean …?"."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean

KNOWN = ["server_name", "source", "settings", "NoNewPrivileges"]


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        pytest.param("sever_name", KNOWN, "Did you mean 'server_name'?", id="misspelt"),
        pytest.param("SOURCE", KNOWN, "Did you mean 'source'?", id="case"),
        pytest.param("nonewprivilege", KNOWN, "Did you mean 'NoNewPrivileges'?", id="spelt as it is known"),
        pytest.param("xyz", ["b", "a"], "Allowed: a, b.", id="none is near"),
        pytest.param("xyz", [], "", id="none at all"),
        pytest.param(5, ["a"], "Allowed: a.", id="a number"),
    ],
)
def test_did_you_mean(name: Any, known: list[str], expected: str) -> None:
    assert did_you_mean(name, known) == expected
