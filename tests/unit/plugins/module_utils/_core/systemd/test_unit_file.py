# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rendering of unit files."""

from __future__ import annotations

from typing import Any

import pytest
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
        pytest.param("x\nB=y", ["A=x B=y"], id="never a second directive"),
    ],
)
def test_values(value: Any, lines: list[str]) -> None:
    assert render_unit({"Service": {"A": value}}, header="").splitlines() == ["", "[Service]", *lines]


def test_sections_in_order() -> None:
    assert render_unit({"Unit": {"B": 1, "A": 2}, "Install": {}}) == f"{MANAGED}\n\n[Unit]\nB=1\nA=2\n\n[Install]\n"
