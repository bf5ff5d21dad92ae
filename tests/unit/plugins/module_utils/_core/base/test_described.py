# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wrong values in plain words, whatever classes Ansible has for them."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.described import LONGEST, described, kind


class _AnsibleTaggedStr(str):
    """What texts of YAML files are; numbers, lists and dictionaries have their likes."""


class _AnsibleTaggedInt(int):
    pass


class AnsibleSequence(list):  # type: ignore[type-arg]
    pass


class AnsibleMapping(dict):  # type: ignore[type-arg]
    pass


@pytest.mark.parametrize(
    ("value", "plain", "shown"),
    [
        (None, "null", "null"),
        (True, "a boolean", "true"),
        (False, "a boolean", "false"),
        ("", "text", "text ('')"),
        ("x", "text", "text ('x')"),
        (_AnsibleTaggedStr("it's"), "text", 'text ("it\'s")'),
        pytest.param("x" * (LONGEST - 2), "text", f"text ('{'x' * (LONGEST - 2)}')", id="the longest text"),
        pytest.param("x" * (LONGEST - 1), "text", "text", id="a longer text"),
        (0, "a number", "a number (0)"),
        (1.5, "a number", "a number (1.5)"),
        (_AnsibleTaggedInt(5), "a number", "a number (5)"),
        (["s3cret"], "a list", "a list"),
        ((), "a list", "a list"),
        (AnsibleSequence(["s3cret"]), "a list", "a list"),
        ({"a": "s3cret"}, "a dictionary", "a dictionary"),
        (AnsibleMapping(a="s3cret"), "a dictionary", "a dictionary"),
        (datetime.date(2027, 1, 31), "a date", "a date"),
        (object(), "a value of another type", "a value of another type"),
    ],
)
def test_described(value: Any, plain: str, shown: str) -> None:
    assert (kind(value), described(value)) == (plain, shown)
