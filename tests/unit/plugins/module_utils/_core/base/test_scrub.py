# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets are kept out of everything that is shown."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.scrub import MASK, scrub


@pytest.mark.parametrize(
    ("text", "secrets", "expected"),
    [
        pytest.param("all fine", [], "all fine", id="no secret"),
        pytest.param("token abcd1 and abcd1", ["abcd1"], f"token {MASK} and {MASK}", id="every place"),
        pytest.param("1 of 12", ["1", "12", ""], "1 of 12", id="short values stand in ordinary words"),
        pytest.param("abcdefgh", ["abcd", "abcdefgh"], MASK, id="longer one first"),
        pytest.param("x abcd y", ["abcdefgh", "abcd"], f"x {MASK} y", id="the shorter one alone"),
        pytest.param("a+b*(c) here", ["a+b*(c)"], f"{MASK} here", id="no pattern"),
        pytest.param(
            "got -----KEY-----\n", ["-----KEY-----\nMIIEvQIBADAN\n"], f"got {MASK}\n", id="line of a long secret"
        ),
        pytest.param("the end", ["-----KEY-----\nend\n"], "the end", id="short line of a long secret"),
        pytest.param("x aaaaaaaa\nbbbbbbbb y", ["aaaaaaaa\nbbbbbbbb"], f"x {MASK} y", id="several lines at once"),
    ],
)
def test_scrub(text: str, secrets: list[str], expected: str) -> None:
    assert scrub(text, secrets) == expected
