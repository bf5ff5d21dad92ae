# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever another program writes: it has the declared shape, or one error says what is wrong and quotes nothing."""

from __future__ import annotations

import json
import time
from typing import Any, Union

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.foreign import (
    LARGEST,
    Either,
    Flag,
    ForeignError,
    Integer,
    ListOf,
    Null,
    Number,
    Plain,
    Record,
    Shape,
    TableOf,
    Tagged,
    Text,
    check,
    optional,
    parse,
)

WHAT = "the report of the check"
TAGGED = Tagged("is", {"a": Record({"is": Text(), "a": Integer()}), "": Record({"b": Flag()})})
EVIL = "\x1b]0;owned\x07 s3cret"


@pytest.mark.parametrize(
    ("text", "shape", "expected"),
    [
        pytest.param('"one"', Text(), "one", id="text"),
        pytest.param(b'"caf\xc3\xa9"', Text(), "café", id="bytes"),
        pytest.param(b'"\xff"', Text(), "\ufffd", id="bytes that are no UTF-8"),
        pytest.param('"a\\ud800b"', Text(), "a\ufffdb", id="half a character"),
        pytest.param('"\\ud83d\\ude00"', Text(), "\N{GRINNING FACE}", id="two halves are a character"),
        pytest.param('"wsgi"', Text(choices=("wsgi", "asgi")), "wsgi", id="choice"),
        pytest.param('"1.2"', Text(pattern=r"[0-9.]+"), "1.2", id="pattern"),
        pytest.param("7", Integer(), 7, id="integer"),
        pytest.param("-7", Integer(least=-9), -7, id="negative integer"),
        pytest.param("7", Number(), 7.0, id="number without a fraction"),
        pytest.param("0.25", Number(), 0.25, id="number"),
        pytest.param("true", Flag(), True, id="flag"),
        pytest.param("null", optional(Text()), None, id="optional and null"),
        pytest.param('"x"', optional(Text()), "x", id="optional and not null"),
        pytest.param("3", Either((Null(), Integer(), Text())), 3, id="either"),
        pytest.param("[1, 2]", ListOf(Integer()), [1, 2], id="list"),
        pytest.param('{"a": 1}', TableOf(Integer()), {"a": 1}, id="table"),
        pytest.param('{"a": 1, "other": []}', Record({"a": Integer()}, {"b": Flag()}), {"a": 1}, id="record"),
        pytest.param('{"is": "a", "a": 1}', TAGGED, {"is": "a", "a": 1}, id="tagged"),
        pytest.param('{"b": true}', TAGGED, {"b": True}, id="without a tag"),
        pytest.param('{"a": [{"b": null}, 1.5]}', Plain(), {"a": [{"b": None}, 1.5]}, id="plain"),
        pytest.param('{"\\ud800": "\\udfff"}', Plain(), {"\ufffd": "\ufffd"}, id="half characters in a plain value"),
        pytest.param('"' + "[" * 99 + '"', Text(), "[" * 99, id="brackets in a text"),
        pytest.param('"\\"' + "{" * 99 + '"', Text(), '"' + "{" * 99, id="brackets after an escaped quote"),
    ],
)
def test_parse(text: Union[str, bytes], shape: Shape, expected: Any) -> None:
    assert parse(text, WHAT, shape) == expected


@pytest.mark.parametrize(
    ("text", "shape", "problem"),
    [
        pytest.param("", Plain(), "it is empty", id="empty"),
        pytest.param("{", Plain(), "it is not valid JSON (line 1, column 2)", id="cut off"),
        pytest.param('{"a": 1}\n{}', Plain(), "it is not valid JSON (line 2, column 1)", id="two values"),
        pytest.param(f'"{EVIL}"', Plain(), "it is not valid JSON (line 1, column 2)", id="raw control characters"),
        pytest.param("[" * 100_000, Plain(), "it is nested more than 24 levels deep", id="deep lists"),
        pytest.param('{"a":' * 100_000, Plain(), "it is nested more than 24 levels deep", id="deep dictionaries"),
        pytest.param("[" * 25 + "]" * 25, Plain(), "it is nested more than 24 levels deep", id="one level too deep"),
        pytest.param(" " * (LARGEST + 1), Plain(), "it is larger than 512 KiB", id="large"),
        pytest.param("9" * 300_000, Plain(), "it has a number of more than 18 digits", id="huge integer"),
        pytest.param("-" + "9" * 19, Plain(), "it has a number of more than 18 digits", id="negative integer"),
        pytest.param("1e999", Plain(), "it has a number that is out of range", id="infinite fraction"),
        pytest.param("0." + "1" * 300_000, Plain(), "it has a number that is out of range", id="endless fraction"),
        pytest.param("NaN", Plain(), "it has a number that is out of range", id="not a number"),
        pytest.param("[-Infinity]", Plain(), "it has a number that is out of range", id="infinity"),
        pytest.param('{"a": 1, "a": 2}', Plain(), "it has the same key twice in one dictionary", id="key twice"),
        pytest.param("1", Text(), "it is a number, not text", id="number for text"),
        pytest.param(json.dumps("x" * 9), Text(longest=8), "it is longer than 8 characters", id="long text"),
        pytest.param(json.dumps(EVIL), Text(choices=("a", "b")), "it is not one of a, b", id="no choice"),
        pytest.param(json.dumps(EVIL), Text(pattern="[0-9.]+", form="a version"), "it is not a version", id="form"),
        pytest.param('"1\\n"', Text(pattern="[0-9]+"), "it is not of the expected form", id="line break at the end"),
        pytest.param("true", Integer(), "it is a boolean, not an integer", id="boolean for an integer"),
        pytest.param("1.0", Integer(), "it is a number, not an integer", id="fraction for an integer"),
        pytest.param("-1", Integer(), "it is not from 0 to 1e+15", id="below the range"),
        pytest.param("101", Number(0, 100), "it is not from 0 to 100", id="above the range"),
        pytest.param("true", Number(), "it is a boolean, not a number", id="boolean for a number"),
        pytest.param('"no"', Flag(), "it is text, not true or false", id="text for a flag"),
        pytest.param("[]", Either((Null(), Text())), "it is a list, not text", id="neither"),
        pytest.param("{}", ListOf(Text()), "it is a dictionary, not a list", id="dictionary for a list"),
        pytest.param("[1,2,3]", ListOf(Integer(), most=2), "it has more than 2 entries", id="long list"),
        pytest.param("[]", ListOf(Integer(), least=1), "it has fewer than 1 entries", id="short list"),
        pytest.param('[1, "x"]', ListOf(Integer()), "`[1]` is text, not an integer", id="place in a list"),
        pytest.param("[]", TableOf(Text()), "it is a list, not a dictionary", id="list for a table"),
        pytest.param('{"web": 1}', TableOf(Text()), "`web` is a number, not text", id="place in a table"),
        pytest.param(
            json.dumps({EVIL: 1}), TableOf(Text()), "`[key 1]` is a number, not text", id="a name that is not quoted"
        ),
        pytest.param(
            json.dumps({"k" * 201: 1}),
            TableOf(Text()),
            "the name of [key 1] is longer than 200 characters",
            id="long name",
        ),
        pytest.param("[]", Record({}), "it is a list, not a dictionary", id="list for a record"),
        pytest.param("{}", Record({"a": Flag()}), "`a` is missing", id="missing"),
        pytest.param("[]", TAGGED, "it is a list, not a dictionary", id="list for a tagged record"),
        pytest.param('{"is": "c"}', TAGGED, "`is` is not one of a", id="unknown tag"),
        pytest.param('{"is": {}}', TAGGED, "`is` is a dictionary, not text", id="tag that is no text"),
        pytest.param('{"is": ""}', TAGGED, "`is` is not one of a", id="empty tag"),
        pytest.param('{"is": "a"}', TAGGED, "`a` is missing", id="missing for this tag"),
        pytest.param("{}", Tagged("is", {"a": Plain()}), "`is` is missing", id="missing tag"),
        pytest.param(
            '{"a": [{"b": 1}]}',
            Record({"a": ListOf(Record({"b": Text()}))}),
            "`a[0].b` is a number, not text",
            id="place at depth",
        ),
    ],
)
def test_refused(text: str, shape: Shape, problem: str) -> None:
    started = time.process_time()
    with pytest.raises(ForeignError) as error:
        parse(text, WHAT, shape)
    assert time.process_time() - started < 5
    assert error.value.explain() == f"{WHAT} cannot be used: {problem}."
    assert error.value.problem == problem
    assert isinstance(error.value, HostError)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


def test_text_that_makes_a_slow_scanner_slow() -> None:
    """Half a megabyte of escaped quotes: each of them could be the start of a string that is never closed."""
    started = time.process_time()
    with pytest.raises(ForeignError):
        parse('"' + '\\"' * (LARGEST // 2 - 1), WHAT, Plain())
    with pytest.raises(ForeignError):
        parse('"' * LARGEST, WHAT, Plain())
    assert time.process_time() - started < 10


def test_check_of_a_value_that_was_parsed_before() -> None:
    assert check({"a": 1}, WHAT, Record({"a": Integer()})) == {"a": 1}
    with pytest.raises(ForeignError, match="`a` is a boolean, not an integer"):
        check({"a": True}, WHAT, Record({"a": Integer()}))
