# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environment variables, as systemd reads them back."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.environment import (
    BUILD_TOOL,
    REFUSED,
    check_environment,
    expand,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.environment_file import render_environment
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True).filter(lambda name: name not in REFUSED)
VALUES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")) | st.sampled_from("\n\t\"'\\`$#;= "), max_size=30)


def read_environment_file(text: str) -> dict[str, str]:
    """systemd's rules for KEY="value": a backslash takes away the meaning of the next of \"\\`$, and joins lines."""
    result, position = {}, 0
    while position < len(text):
        name = text[position:].partition("=")[0]
        position += len(name) + 1
        assert text[position] == '"'
        position += 1
        value = ""
        while text[position] != '"':
            if text[position] != "\\":
                value += text[position]
                position += 1
                continue
            following = text[position + 1]
            value += following if following in '"\\`$' else "" if following == "\n" else "\\" + following
            position += 2
        assert text[position + 1] == "\n"
        position += 2
        result[name] = value
    return result


@given(st.dictionaries(NAMES, VALUES, max_size=5))
@settings(derandomize=True, max_examples=150, deadline=None)
def test_systemd_hands_over_exactly_these_values(env: dict[str, str]) -> None:
    assert check_environment("v", env) == env
    assert read_environment_file(render_environment(env)) == env


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        pytest.param({}, "", id="nothing"),
        pytest.param({"B": "2", "A": "1"}, 'A="1"\nB="2"\n', id="sorted"),
        pytest.param({"A": 'a"b'}, 'A="a\\"b"\n', id="quote"),
        pytest.param({"A": "$HOME `x`"}, 'A="\\$HOME \\`x\\`"\n', id="shell"),
        pytest.param({"A": "C:\\new"}, 'A="C:\\\\new"\n', id="backslash"),
        pytest.param({"A": "one\ntwo"}, 'A="one\ntwo"\n', id="lines"),
        pytest.param({"A": ""}, 'A=""\n', id="empty"),
    ],
)
def test_render(env: dict[str, str], expected: str) -> None:
    assert render_environment(env) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("x", "x", id="text"),
        pytest.param(8, "8", id="integer"),
        pytest.param(0.5, "0.5", id="float"),
        pytest.param("", "", id="empty"),
        pytest.param("a\tb\nc", "a\tb\nc", id="tab and line break"),
        pytest.param("ü€😀", "ü€😀", id="not ASCII"),
    ],
)
def test_accepted(value: Any, expected: str) -> None:
    assert check_environment("v", {"A": value}) == {"A": expected}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        pytest.param("A-B", "s3cret", "not a valid name", id="dash"),
        pytest.param("1A", "s3cret", "not a valid name", id="digit first"),
        pytest.param("A\n", "s3cret", "not a valid name", id="line break in the name"),
        pytest.param("", "s3cret", "not a valid name", id="empty name"),
        pytest.param("Ä", "s3cret", "not a valid name", id="name not ASCII"),
        *(pytest.param(name, "s3cret", "is not allowed", id=name) for name in REFUSED),
        pytest.param("TAKEN", "s3cret", "also in secret_env", id="secret twice"),
        pytest.param("A", True, "number, not a boolean", id="boolean"),
        pytest.param("A", None, "number, not null", id="null"),
        pytest.param("A", ["s3cret"], "number, not a list", id="list"),
        pytest.param("A", {"s3cret": 1}, "number, not a dictionary", id="dictionary"),
        pytest.param("A", "s3cret\0", "control character", id="NUL"),
        pytest.param("A", "s3cret\r\n", "control character", id="carriage return"),
        pytest.param("A", "s3cret\x1b[0m", "control character", id="escape"),
        pytest.param("A", "s3cret\x7f", "control character", id="delete"),
        pytest.param("A", "s3cret\udcff", "control character", id="not UTF-8"),
    ],
)
def test_refused_without_repeating_the_value(name: str, value: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_environment("v", {name: value}, ["TAKEN"])
    assert caught.value.variable == f"v.{name}"
    assert said in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("character", ["\ufdd0", "\ufdef", "\ufffe", "\uffff", "\U0001ffff", "\U0010fffe"])
def test_noncharacters_are_refused(character: str) -> None:
    """For systemd they are not valid UTF-8: it refuses the whole file, and with it the service."""
    with pytest.raises(InputError):
        check_environment("v", {"A": f"x{character}"})


@pytest.mark.parametrize(
    "env", [{"A B": "s3cret-value"}, {"A": ["s3cret-value"]}, {"A": None}, {"A": True}, {"A": "s3cret-value\nB=1"}]
)
def test_refused_for_build_tools_without_repeating_the_value(env: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        check_environment("v", env, reader=BUILD_TOOL)
    assert caught.value.variable == f"v.{next(iter(env))}"
    assert "s3cret-value" not in str(caught.value)


def test_build_tools_may_have_what_gunicorn_must_not() -> None:
    env = {"PIP_TIMEOUT": 60, "PORT": "8080", "A": "a\tb"}
    assert check_environment("v", env, reader=BUILD_TOOL) == {"PIP_TIMEOUT": "60", "PORT": "8080", "A": "a\tb"}


def test_expand() -> None:
    places = {"shared": "/s", "src": "/c", "venv": "/v"}
    env = {"A": "{shared}/x:{venv}/{src}", "B": "{other} {}", "C": '{"json": 1}'}
    assert expand(env, places) == {"A": "/s/x:/v//c", "B": "{other} {}", "C": '{"json": 1}'}
