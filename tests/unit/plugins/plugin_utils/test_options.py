# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options are checked where they were written, with the nearest right name."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._options import checked

SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True, "aliases": ["title"]},
    "count": {"type": "int", "default": 3},
    "kind": {"type": "str", "choices": ["a", "b"]},
    "token": {"type": "str", "no_log": True},
    "inner": {"type": "dict", "options": {"deep": {"type": "bool"}}},
    "items": {"type": "list", "elements": "dict", "options": {"path": {"type": "str", "required": True}}},
    "sizes": {"type": "list", "elements": "int"},
    "share": {"type": "float"},
    "secrets": {"type": "dict", "no_log": True},
    "anything": {"type": "raw"},
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"name": "x"}, {"name": "x", "count": 3, "kind": None}, id="defaults"),
        pytest.param({"name": "x", "count": "5"}, {"count": 5}, id="number as text"),
        pytest.param({"title": "x"}, {"name": "x"}, id="alias"),
        pytest.param({"name": "x", "inner": {"deep": "yes"}}, {"inner": {"deep": True}}, id="nested"),
        pytest.param({"name": "x", "items": [{"path": "/a"}]}, {"items": [{"path": "/a"}]}, id="list"),
        pytest.param({"name": "x", "sizes": "1,2"}, {"sizes": [1, 2]}, id="list as text"),
        pytest.param({"name": "x", "inner": "deep=no"}, {"inner": {"deep": False}}, id="dictionary as text"),
        pytest.param({"name": "x", "inner": None, "items": None}, {"inner": None, "items": None}, id="null"),
        pytest.param({"name": "x", "anything": {"a": [1]}}, {"anything": {"a": [1]}}, id="any type"),
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
        pytest.param("text", "v", "must be a dictionary, not text ('text').", id="text"),
        pytest.param(None, "v", "must be a dictionary, not null.", id="nothing"),
        pytest.param(["x"], "v", "must be a dictionary, not a list.", id="list"),
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
        pytest.param({"name": "x", "count": "many"}, "v.count", "a whole number, not text ('many').", id="text"),
        pytest.param({"name": "x", "count": 1.5}, "v.count", "a whole number, not a number (1.5)", id="not whole"),
        pytest.param(
            {"name": "x", "share": [1]}, "v.share", "must be a number, not a list.", id="list in place of a number"
        ),
        pytest.param({"name": "x", "sizes": {}}, "v.sizes", "a list, not a dictionary.", id="no list"),
        pytest.param({"name": "x", "sizes": [1, "b"]}, "v.sizes[1]", "a whole number, not text ('b')", id="element"),
        pytest.param({"name": "x", "inner": 5}, "v.inner", "a dictionary, not a number (5).", id="number"),
        pytest.param(
            {"name": "x", "items": True}, "v.items[0]", "a dictionary, not text ('True')", id="no list either"
        ),
        pytest.param({"name": "x", "items": [None]}, "v.items[0]", "be a dictionary, not null.", id="null in a list"),
        pytest.param(
            {"name": "x", "inner": {"deep": "maybe"}}, "v.inner.deep", "must be true or false, not text", id="nested"
        ),
        pytest.param({"name": "x", "secrets": "s3cret"}, "v.secrets", "must be a dictionary, not text.", id="secret"),
        pytest.param({"name": "x", "inner": "dep=1"}, "v.inner.dep", "Did you mean 'deep'", id="misspelt, as text"),
        pytest.param({"name": "x", "kind": "c"}, "v", "a, b", id="choice"),
        pytest.param({"name": "x", 5: "y"}, "v.5", "not a known key", id="number as a key"),
    ],
)
def test_refused(given: Any, variable: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        checked("v", given, SPEC)
    assert caught.value.variable == variable
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("given", "variable"),
    [({"count": "many"}, "role_count"), ({"inner": {"dep": 1}}, "role_inner.dep"), ({}, "role"), (5, "role")],
)
def test_variables_of_a_role(given: Any, variable: str) -> None:
    """An option of the module is a variable of its own there."""
    with pytest.raises(InputError) as caught:
        checked("role_", given, SPEC)
    assert caught.value.variable == variable


def test_texts_of_a_file_are_named_as_texts() -> None:
    """They are of other classes, which differ between versions of Ansible."""
    given = DataLoader().load("name: x\ncount: many\n")
    with pytest.raises(InputError, match=r"^v\.count: must be a whole number, not text \('many'\)\.$"):
        checked("v", given, SPEC)


def test_rules() -> None:
    with pytest.raises(InputError, match="mutually exclusive"):
        checked("v", {"name": "x", "count": 1, "kind": "a"}, SPEC, mutually_exclusive=[("count", "kind")])


def test_the_table_stays_as_it_is() -> None:
    """Ansible fills the defaults of suboptions into the default that it was given."""
    spec: dict[str, Any] = {
        "inner": {
            "type": "dict",
            "default": {},
            "apply_defaults": True,
            "options": {"deep": {"default": 1, "type": "int"}},
        },
        "names": {"type": "list", "elements": "str", "default": []},
    }
    first, second = checked("x", {}, spec), checked("x", {}, spec)
    assert first == second == {"inner": {"deep": 1}, "names": []}
    first["names"].append("mine")
    assert second["names"] == []
    assert (spec["inner"]["default"], spec["names"]["default"]) == ({}, [])
