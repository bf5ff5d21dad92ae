# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rendering of unit files."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.parsed_unit import parse_unit
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import (
    MANAGED,
    escape_specifiers,
    quote_argument,
    render_unit,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("plain", "plain", id="plain"),
        pytest.param("--x=a:b,c", "--x=a:b,c", id="option"),
        pytest.param("", '""', id="empty"),
        pytest.param("a b", '"a b"', id="space"),
        pytest.param("it's", '"it\'s"', id="single quote"),
        pytest.param('say "x"', '"say \\"x\\""', id="double quotes"),
        pytest.param("a\\b", '"a\\\\b"', id="backslash"),
        pytest.param("100%", '"100%%"', id="specifier"),
        pytest.param("$HOME", '"$$HOME"', id="variable"),
        pytest.param("a\tb\nc", '"a\\tb\\nc"', id="tab and line break"),
        pytest.param(";", '";"', id="separator of commands"),
        pytest.param("\\n", '"\\\\n"', id="backslash and n"),
        pytest.param("a\rb\0", '"a\\x0db\\x00"', id="other control characters"),
    ],
)
def test_quote(text: str, expected: str) -> None:
    assert quote_argument(text) == expected


def test_specifiers() -> None:
    assert escape_specifiers("a%n%%") == "a%%n%%%%"


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        pytest.param("x", ["A=x"], id="text"),
        pytest.param("", ["A="], id="empty text resets"),
        pytest.param(5, ["A=5"], id="number"),
        pytest.param(0, ["A=0"], id="zero"),
        pytest.param(0.5, ["A=0.5"], id="fraction"),
        pytest.param(True, ["A=yes"], id="yes"),
        pytest.param(False, ["A=no"], id="no"),
        pytest.param(["x", "y"], ["A=x", "A=y"], id="list"),
        pytest.param([1.5, True], ["A=1.5", "A=yes"], id="list of others"),
        pytest.param([], [], id="empty list"),
    ],
)
def test_values(value: Any, lines: list[str]) -> None:
    assert render_unit({"Service": {"A": value}}, header="").splitlines() == ["", "[Service]", *lines]


def test_sections_in_order() -> None:
    assert render_unit({"Unit": {"B": 1, "A": 2}, "Install": {}}) == f"{MANAGED}\n\n[Unit]\nB=1\nA=2\n\n[Install]\n"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param("x\nB=y", "control character ('\\n')", id="line break"),
        pytest.param("x\rB=y", "control character ('\\r')", id="carriage return"),
        pytest.param("x\0B=y", "control character ('\\x00')", id="NUL"),
        pytest.param("x\x1b[2J", "control character ('\\x1b')", id="escape sequence"),
        pytest.param("x\\", "ends with a backslash", id="backslash at the end"),
        pytest.param("x\\ ", "ends with a backslash", id="backslash and a blank"),
        pytest.param(["fine", "x\\"], "ends with a backslash", id="in a list"),
    ],
)
def test_never_a_second_directive(value: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        render_unit({"Service": {"A": value, "NoNewPrivileges": True}})
    assert said in str(caught.value)


def test_a_value_stays_one_when_it_is_read_again() -> None:
    """Unicode knows more line ends than systemd: read as such, they would make a directive in derived units."""
    text = render_unit({"Service": {"A": "x\u2028NoNewPrivileges=no\x85y"}})
    assert parse_unit(text) == {"Service": {"A": ["x\u2028NoNewPrivileges=no\x85y"]}}
