# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names for content."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.digest import digest, keyed_digest


def test_known_value() -> None:
    """A change here would make every host build every release anew."""
    assert digest({"b": [1, None], "a": "ü"}) == "5ddd266d13a5e8cd"


def test_order_of_keys_does_not_matter() -> None:
    assert digest({"a": 1, "b": {"c": 2, "d": 3}}) == digest({"b": {"d": 3, "c": 2}, "a": 1})


def test_tuples_are_lists() -> None:
    assert digest(("a", "b")) == digest(["a", "b"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(["a", "b"], ["b", "a"], id="order of a list"),
        pytest.param(1, "1", id="number and text"),
        pytest.param(1, True, id="number and boolean"),
        pytest.param(None, "", id="nothing and empty"),
        pytest.param(["ab"], ["a", "b"], id="borders of items"),
        pytest.param({"a": "b"}, {"a": "b", "c": None}, id="one more key"),
    ],
)
def test_different(one: Any, other: Any) -> None:
    assert digest(one) != digest(other)


def test_names_that_are_not_utf8() -> None:
    assert digest(b"\xff".decode("utf-8", "surrogateescape")) != digest("\ufffd")


def test_keyed() -> None:
    value = {"TOKEN": "x"}
    assert keyed_digest(b"k", value) == keyed_digest(b"k", value)
    assert len({keyed_digest(b"k", value), keyed_digest(b"l", value), digest(value)}) == 3
    assert all(len(text) == 16 for text in (digest(value), keyed_digest(b"k", value)))
