# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox of a service, and how single switches are opened."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.sandbox import (
    SANDBOX,
    check_overrides,
    sandbox,
)

JIT = {"directive": "MemoryDenyWriteExecute", "value": "no", "reason": "numba compiles at run time"}


def test_all_switches_are_closed() -> None:
    assert sandbox([]) == SANDBOX


def test_one_opened() -> None:
    assert sandbox(check_overrides("v", [JIT])) == {**SANDBOX, "MemoryDenyWriteExecute": "no"}


def test_an_override_leaves_the_next_app_alone() -> None:
    sandbox([JIT])
    assert SANDBOX["MemoryDenyWriteExecute"] is True


@pytest.mark.parametrize(
    ("override", "variable", "said"),
    [
        pytest.param(
            {**JIT, "directive": "MemoryDenyWriteExec"},
            "directive",
            "Did you mean 'MemoryDenyWriteExecute'",
            id="misspelt",
        ),
        pytest.param({**JIT, "directive": "User"}, "directive", "not a sandbox directive", id="not of the sandbox"),
        pytest.param({**JIT, "reason": " "}, "reason", "State why", id="no reason"),
        pytest.param({**JIT, "value": "no\nUser=root"}, "value", "control character", id="a second directive"),
        pytest.param({**JIT, "value": "no\\"}, "value", "ends with a backslash", id="joins the next directive"),
        pytest.param({**JIT, "directive": "UMask", "value": "0000"}, "value", "for every user", id="no umask"),
        pytest.param({**JIT, "directive": "UMask", "value": "0775"[::-1]}, "value", "for every user", id="swapped"),
        pytest.param({**JIT, "directive": "UMask", "value": "u=rw"}, "value", "not a file mode", id="symbolic umask"),
        pytest.param({**JIT, "value": "maybe"}, "value", "Allowed: no, yes", id="neither yes nor no"),
        pytest.param({**JIT, "value": "strict"}, "value", "'strict' is not a value of Memory", id="of another"),
        pytest.param(
            {**JIT, "directive": "ProtectSystem", "value": "strickt"}, "value", "Did you mean 'strict'?", id="strickt"
        ),
    ],
)
def test_refused(override: dict[str, str], variable: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_overrides("v", [JIT, override])
    assert caught.value.variable == f"v[1].{variable}"
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("directive", "value"),
    [
        pytest.param("MemoryDenyWriteExecute", "False", id="a boolean of YAML"),
        pytest.param("ProtectSystem", "full", id="word"),
        pytest.param("RestrictNamespaces", "user net", id="list"),
        pytest.param("SystemCallFilter", "@system-service", id="free"),
        pytest.param("ProcSubset", "all", id="another enumeration"),
        pytest.param("UMask", "0022", id="umask"),
        pytest.param("UMask", "7", id="umask of the group"),
        pytest.param("NoExecPaths", "", id="empty list"),
        pytest.param("IPAddressDeny", "", id="addresses"),
        pytest.param("LimitCORE", "infinity", id="core dumps"),
    ],
)
def test_values(directive: str, value: str) -> None:
    assert sandbox(check_overrides("v", [{**JIT, "directive": directive, "value": value}]))[directive] == value
