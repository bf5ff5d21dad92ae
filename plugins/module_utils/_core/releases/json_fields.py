# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Typed access to the fields of a JSON object that was read from disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional, Union

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.described import kind


class FieldError(ValueError):
    """A field is missing or has the wrong type. The message never shows its value, which could be a secret."""


class Fields:
    """One object. Each accessor raises FieldError if its field has the wrong type, or is missing and has no default."""

    def __init__(self, data: Any, place: str = "") -> None:
        if not isinstance(data, dict):
            raise FieldError(f"{f'`{place}`' if place else 'it'} is {kind(data)}, not a dictionary")
        self._data: Mapping[str, Any] = data
        self._prefix = f"{place}." if place else ""

    def __contains__(self, name: str) -> bool:
        return name in self._data

    def text(self, name: str, default: Optional[str] = None) -> str:
        value = self._get(name, default)
        if not isinstance(value, str):
            raise self._wrong(name, value, "text")
        return value

    def text_or_null(self, name: str) -> Optional[str]:
        return None if self._data.get(name) is None else self.text(name)

    def text_or_texts(self, name: str) -> Union[str, tuple[str, ...]]:
        return self.text(name) if isinstance(self._data.get(name), str) else self.texts(name)

    def integer(self, name: str, default: Optional[int] = None) -> int:
        value = self._get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(name, value, "an integer")
        return value

    def number(self, name: str, default: float) -> float:
        value = self._get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._wrong(name, value, "a number")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self._get(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, value, "true or false")
        return value

    def texts(self, name: str, default: Optional[Sequence[str]] = None) -> tuple[str, ...]:
        value = self._get(name, default)
        if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
            raise self._wrong(name, value, "a list of strings")
        return tuple(value)

    def integers(self, name: str, default: Sequence[int]) -> tuple[int, ...]:
        value = self._get(name, default)
        if not isinstance(value, (list, tuple)) or not all(
            isinstance(one, int) and not isinstance(one, bool) for one in value
        ):
            raise self._wrong(name, value, "a list of integers")
        return tuple(value)

    def table(self, name: str, default: Optional[Mapping[str, str]] = None) -> Mapping[str, str]:
        """Return a dictionary of strings."""
        value = self._get(name, default)
        if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value.values()):
            raise self._wrong(name, value, "a dictionary of strings")
        return value

    def part(self, name: str) -> Fields:
        return Fields(self._get(name, None), f"{self._prefix}{name}")

    def parts(self, name: str) -> dict[str, Fields]:
        """Return a dictionary of objects."""
        value = self._get(name, None)
        if not isinstance(value, dict):
            raise self._wrong(name, value, "a dictionary")
        return {key: Fields(one, f"{self._prefix}{name}.{key}") for key, one in value.items()}

    def _get(self, name: str, default: Any) -> Any:
        if name not in self._data and default is None:
            raise FieldError(f"`{self._prefix}{name}` is missing")
        return self._data.get(name, default)

    def _wrong(self, name: str, value: Any, expected: str) -> FieldError:
        found = kind(value)
        problem = "not" if expected.startswith(found) else f"{found}, not"
        return FieldError(f"`{self._prefix}{name}` is {problem} {expected}")
