# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sizes as people write them."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizes import parse_size, show_size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(None, 0, id="nothing"),
        pytest.param("", 0, id="empty"),
        ("1", 1),
        ("1024B", 1024),
        ("512K", 512 * 1024),
        ("512M", 512 * 1024**2),
        ("512m", 512 * 1024**2),
        ("512MB", 512 * 1024**2),
        ("512MiB", 512 * 1024**2),
        ("1.5G", 1536 * 1024**2),
        ("2 GiB", 2 * 1024**3),
        ("1T", 1024**4),
        pytest.param(" 1G ", 1024**3, id="spaces around"),
    ],
)
def test_parse(text: Optional[str], expected: int) -> None:
    assert parse_size("v", text) == expected


@pytest.mark.parametrize("text", ["0", "0M", "-1", "50%", "1X", "M", "1.M", "1 2", "infinity", "1G\n1G", "1e9", "0.1"])
def test_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not a size") as caught:
        parse_size("v", text)
    assert caught.value.variable == "v"


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (512 * 1024**2, "512 MiB"),
        (1536 * 1024**2, "1.5 GiB"),
        (2 * 1024**4, "2048.0 GiB"),
    ],
)
def test_show(size: int, expected: str) -> None:
    assert show_size(size) == expected
