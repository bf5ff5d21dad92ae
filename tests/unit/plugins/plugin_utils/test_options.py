# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options are checked where they were written, with the nearest right name."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils.options import checked

SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True, "aliases": ["title"]},
    "count": {"type": "int", "default": 3},
    "kind": {"type": "str", "choices": ["a", "b"]},
    "token": {"type": "str", "no_log": True},
    "inner": {"type": "dict", "options": {"deep": {"type": "bool"}}},
    "items": {"type": "list", "elements": "dict", "options": {"path": {"type": "str", "required": True}}},
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"name": "x"}, {"name": "x", "count": 3, "kind": None}, id="defaults"),
        pytest.param({"name": "x", "count": "5"}, {"count": 5}, id="number as text"),
        pytest.param({"title": "x"}, {"name": "x"}, id="alias"),
        pytest.param({"name": "x", "inner": {"deep": "yes"}}, {"inner": {"deep": True}}, id="nested"),
        pytest.param({"name": "x", "items": [{"path": "/a"}]}, {"items": [{"path": "/a"}]}, id="list"),
    ],
)
def test_accepted(given: dict[str, Any], expected: dict[str, Any]) -> None:
    found = checked("v", given, SPEC)
    assert {name: found[name] for name in expected} == expected
    assert set(found) >= set(SPEC)


def test_what_was_given_is_left_alone() -> None:
    given = {"name": "x", "inner": {"deep": "yes"}}
    checked("v", given, SPEC)
    assert given == {"name": "x", "inner": {"deep": "yes"}}


@pytest.mark.parametrize(
    ("given", "variable", "said"),
    [
        pytest.param("text", "v", "must be a dictionary, not str", id="text"),
        pytest.param(None, "v", "must be a dictionary, not NoneType", id="nothing"),
        pytest.param(["x"], "v", "must be a dictionary, not list", id="list"),
        pytest.param({"name": "x", "cuont": 1}, "v.cuont", "Did you mean 'count'", id="misspelt"),
        pytest.param({"name": "x", "inner": {"dep": 1}}, "v.inner.dep", "Did you mean 'deep'", id="misspelt, nested"),
        pytest.param(
            {"name": "x", "items": [{"path": "/a"}, {"pth": "/b"}]},
            "v.items[1].pth",
            "Did you mean 'path'",
            id="misspelt, in a list",
        ),
        pytest.param({}, "v", "name", id="required"),
        pytest.param({"name": "x", "items": [{}]}, "v", "path", id="required, in a list"),
        pytest.param({"name": "x", "count": "many"}, "v", "count", id="type"),
        pytest.param({"name": "x", "kind": "c"}, "v", "a, b", id="choice"),
        pytest.param({"name": "x", 5: "y"}, "v.5", "not a known key", id="number as a key"),
    ],
)
def test_refused(given: Any, variable: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        checked("v", given, SPEC)
    assert caught.value.variable == variable
    assert said in str(caught.value)


def test_rules() -> None:
    with pytest.raises(InputError, match="mutually exclusive"):
        checked("v", {"name": "x", "count": 1, "kind": "a"}, SPEC, mutually_exclusive=[("count", "kind")])
