# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read JSON that an app, a package or another program wrote: data of a declared shape, or a ForeignError.

The text may be anything. Nothing of it is quoted in an error, which ends up in a terminal; places are named by the
keys of the declared shape.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Union

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.described import kind
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import show_size

LARGEST = 512 * 1024
DEEPEST = 24
DIGITS = 18  # of an integer, which then fits into 64 bits
COUNT = (0, 10**15)
# A string that is not closed matches as well, so that each character is looked at once.
_TOKENS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[\]{}]', re.S)
_SURROGATES = re.compile("[\ud800-\udfff]")
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,40}\Z")


class ForeignError(HostError):
    """The text does not have the declared shape. The message says what is wrong with it, and quotes nothing of it."""

    def __init__(self, what: str, problem: str) -> None:
        self.problem = problem
        super().__init__(f"{what} cannot be used: {problem}.")


class _Wrong(ValueError):
    """What is wrong, and at which place."""


class Shape(Protocol):
    """What a value has to be. `read` returns the value, or raises an error that names the place."""

    def read(self, value: Any, place: str) -> Any: ...


def parse(text: Union[str, bytes], what: str, shape: Shape, largest: int = LARGEST, deepest: int = DEEPEST) -> Any:
    """Return the content of a JSON text, or raise ForeignError. `what` names the text: "the report of …".

    Keys that the shape does not name are left out.
    """
    try:
        return shape.read(_loaded(text, largest, deepest), "")
    except _Wrong as exc:
        raise ForeignError(what, str(exc)) from None


def check(value: Any, what: str, shape: Shape) -> Any:
    """Return a value that is not ours and was parsed already; otherwise like `parse`."""
    try:
        return shape.read(value, "")
    except _Wrong as exc:
        raise ForeignError(what, str(exc)) from None


# ---- shapes ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """A string. `pattern` has to match all of it, and `form` says what that means: "a version"."""

    longest: int = 4096
    choices: tuple[str, ...] = ()
    pattern: str = ""
    form: str = "of the expected form"

    def read(self, value: Any, place: str) -> str:
        if not isinstance(value, str):
            raise _not(place, value, "text")
        if len(value) > self.longest:
            raise _Wrong(f"{_at(place)} is longer than {self.longest} characters")
        if self.choices and value not in self.choices:
            raise _Wrong(f"{_at(place)} is not one of {', '.join(self.choices)}")
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise _Wrong(f"{_at(place)} is not {self.form}")
        return without_surrogates(value)


@dataclass(frozen=True)
class Integer:
    least: int = COUNT[0]
    most: int = COUNT[1]

    def read(self, value: Any, place: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise _not(place, value, "an integer")
        return int(_within(value, self.least, self.most, place))


@dataclass(frozen=True)
class Number:
    """An integer or a fraction, as a float."""

    least: float = 0.0
    most: float = float(COUNT[1])

    def read(self, value: Any, place: str) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise _not(place, value, "a number")
        return float(_within(value, self.least, self.most, place))


@dataclass(frozen=True)
class Flag:
    def read(self, value: Any, place: str) -> bool:
        if not isinstance(value, bool):
            raise _not(place, value, "true or false")
        return value


@dataclass(frozen=True)
class Null:
    def read(self, value: Any, place: str) -> None:
        if value is not None:
            raise _not(place, value, "null")


@dataclass(frozen=True)
class Either:
    """The first shape that fits. If none does, the error is that of the last."""

    shapes: tuple[Shape, ...]

    def read(self, value: Any, place: str) -> Any:
        for shape in self.shapes[:-1]:
            try:
                return shape.read(value, place)
            except _Wrong:
                continue
        return self.shapes[-1].read(value, place)


def optional(shape: Shape) -> Either:
    return Either((Null(), shape))


@dataclass(frozen=True)
class ListOf:
    shape: Shape
    most: int = 1000
    least: int = 0

    def read(self, value: Any, place: str) -> list[Any]:
        if not isinstance(value, list):
            raise _not(place, value, "a list")
        _bounded(value, self.least, self.most, place)
        return [self.shape.read(one, f"{place}[{position}]") for position, one in enumerate(value)]


@dataclass(frozen=True)
class TableOf:
    """A dictionary whose keys are not known in advance."""

    shape: Shape
    most: int = 1000
    keys: Text = field(default_factory=lambda: Text(longest=200))

    def read(self, value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise _not(place, value, "a dictionary")
        _bounded(value, 0, self.most, place)
        table = {}
        for position, (key, one) in enumerate(value.items()):
            name = key if isinstance(key, str) and _KEY.match(key) else f"[key {position + 1}]"
            here = f"{place}.{name}" if place else name
            name = self.keys.read(key, f"the name of {here}")
            table[name] = self.shape.read(one, here)
        return table


@dataclass(frozen=True)
class Record:
    """A dictionary with these keys, and perhaps those of `maybe`. Others are left out."""

    fields: Mapping[str, Shape]
    maybe: Mapping[str, Shape] = field(default_factory=dict)

    def read(self, value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise _not(place, value, "a dictionary")
        found = {}
        for name, shape in (*self.fields.items(), *self.maybe.items()):
            here = f"{place}.{name}" if place else name
            if name in value:
                found[name] = shape.read(value[name], here)
            elif name in self.fields:
                raise _Wrong(f"{_at(here)} is missing")
        return found


@dataclass(frozen=True)
class Tagged:
    """A dictionary whose shape depends on the value of one of its keys, which is "" if the key is missing."""

    key: str
    shapes: Mapping[str, Shape]

    def read(self, value: Any, place: str) -> Any:
        if not isinstance(value, Mapping):
            raise _not(place, value, "a dictionary")
        here = f"{place}.{self.key}" if place else self.key
        known = tuple(name for name in self.shapes if name)
        tag = Text(choices=known).read(value[self.key], here) if self.key in value else ""
        if tag not in self.shapes:
            raise _Wrong(f"{_at(here)} is missing")
        return self.shapes[tag].read(value, place)


@dataclass(frozen=True)
class Plain:
    """Any value; its size and depth are those of the whole text."""

    def read(self, value: Any, place: str) -> Any:
        if isinstance(value, str):
            return without_surrogates(value)
        if isinstance(value, list):
            return [self.read(one, place) for one in value]
        if isinstance(value, Mapping):
            return {without_surrogates(key): self.read(one, place) for key, one in value.items()}
        return value


def without_surrogates(text: str) -> str:
    """Replace what no encoding can write: half a character, as JSON may contain it."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


# ---- the text ----------------------------------------------------------------------------------------------------


def _loaded(text: Union[str, bytes], largest: int, deepest: int) -> Any:
    if len(text) > largest:
        raise _Wrong(f"it is larger than {show_size(largest)}")
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    if not text.strip():
        raise _Wrong("it is empty")
    _refuse_depth(text, deepest)
    try:
        return json.loads(
            text,
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=_no_number,
            object_pairs_hook=_unique,
        )
    except json.JSONDecodeError as exc:
        raise _Wrong(f"it is not valid JSON (line {exc.lineno}, column {exc.colno})") from None


def _refuse_depth(text: str, deepest: int) -> None:
    """Python's parser calls itself for each level, and ends with an error of its own."""
    depth = 0
    for token in _TOKENS.finditer(text):
        first = token.group()[0]
        if first in "[{":
            depth += 1
            if depth > deepest:
                raise _Wrong(f"it is nested more than {deepest} levels deep")
        elif first in "]}":
            depth -= 1


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > DIGITS:  # reading a long one takes time that grows with its square
        raise _Wrong(f"it has a number of more than {DIGITS} digits")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits) if len(digits) <= 400 else math.inf
    if not math.isfinite(value):
        raise _no_number(digits)
    return value


def _no_number(_text: str) -> Any:
    raise _Wrong("it has a number that is out of range")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Wrong("it has the same key twice in one dictionary")
    return found


# ---- errors ------------------------------------------------------------------------------------------------------


def _at(place: str) -> str:
    return place if place.startswith("the name of") else f"`{place}`" if place else "it"


def _not(place: str, value: Any, expected: str) -> _Wrong:
    found = kind(value)
    return _Wrong(f"{_at(place)} is {'not' if expected.startswith(found) else f'{found}, not'} {expected}")


def _within(value: float, least: float, most: float, place: str) -> float:
    if not least <= value <= most:
        raise _Wrong(f"{_at(place)} is not from {least:g} to {most:g}")
    return value


def _bounded(value: Any, least: int, most: int, place: str) -> None:
    if len(value) > most:
        raise _Wrong(f"{_at(place)} has more than {most} entries")
    if len(value) < least:
        raise _Wrong(f"{_at(place)} has fewer than {least} entries")
