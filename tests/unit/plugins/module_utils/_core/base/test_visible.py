# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a terminal would obey, or would not show, is shown as an escape sequence."""

from __future__ import annotations

import time
import unicodedata

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.visible import escaped, visible, visible_all


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("plain", "plain", id="plain"),
        pytest.param("a\n\tb", "a\n\tb", id="line break and tab stay"),
        pytest.param("grün 漢字 \N{GRINNING FACE} \xa0", "grün 漢字 \N{GRINNING FACE} \xa0", id="any script"),
        pytest.param("\x1b]52;c;cm0gLXJm\x07", "\\x1b]52;c;cm0gLXJm\\x07", id="clipboard"),
        pytest.param("\x1b[2J\x1b[H", "\\x1b[2J\\x1b[H", id="clear the screen"),
        pytest.param("failed\rok    ", "failed\\rok    ", id="carriage return"),
        pytest.param("\x9b2J", "\\x9b2J", id="C1"),
        pytest.param("ab\x08c\x7f", "ab\\x08c\\x7f", id="backspace and delete"),
        pytest.param("\0", "\\x00", id="null"),
        pytest.param("\u202egnp.exe", "\\u202egnp.exe", id="right to left"),
        pytest.param("\u2066a\u2069", "\\u2066a\\u2069", id="isolates"),
        pytest.param("ad\u200bmin\ufeff", "ad\\u200bmin\\ufeff", id="zero width"),
        pytest.param("a\u2028b\u2029c\x85d", "a\\u2028b\\u2029c\\x85d", id="line separators"),
        pytest.param("x\ud800y", "x\\ud800y", id="half a character"),
        pytest.param("\U000e0041", "\\U000e0041", id="tag"),
    ],
)
def test_visible(text: str, expected: str) -> None:
    assert visible(text) == expected
    visible(text).encode()


def test_every_invisible_character_is_escaped() -> None:
    """The ranges are written by hand; Unicode's own table says which characters they must cover."""
    hidden = [
        chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]
    kept = [one for one in hidden if visible(one) == one]
    assert kept == ["\t", "\n"]


def test_escaped() -> None:
    assert [escaped(one) for one in "\n\t\x1b\u200b\U000e0001"] == ["\\n", "\\t", "\\x1b", "\\u200b", "\\U000e0001"]


def test_visible_at_any_depth() -> None:
    value = {"a\x1b": ["\x1b", ("\u202e", 1, None, True)], "b": {"c": 1.5}}
    assert visible_all(value) == {"a\\x1b": ["\\x1b", ["\\u202e", 1, None, True]], "b": {"c": 1.5}}


def test_a_large_text_takes_no_time() -> None:
    started = time.process_time()
    assert len(visible("x\n" * 250_000)) == 500_000
    assert len(visible("\x1b" * 500_000)) == 2_000_000
    assert time.process_time() - started < 10
