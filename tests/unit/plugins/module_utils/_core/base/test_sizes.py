# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sizes as people write them."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import (
    LIMIT,
    NGINX,
    SYSTEMD,
    TMPFS,
    Dialect,
    exact_size,
    parse_size,
    read_size,
    show_size,
)

MIB = 1024**2


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
    ("text", "size"),
    [("64m", 64 * MIB), ("64M", 64 * MIB), ("1g", 1 << 30), ("512k", 512 << 10), ("4096", 4096), (" 1m ", MIB)],
)
def test_tmpfs(text: str, size: int) -> None:
    assert parse_size("v", text, TMPFS) == size


@pytest.mark.parametrize("text", ["", "0", "0m", "064m", "64mb", "50%", "-1m", "1.5g", "1t", "lots"])
def test_not_of_a_tmpfs(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_size("v", text, TMPFS)
    assert "for example 64m" in str(caught.value)
    assert ("has no size limit" in str(caught.value)) == text.startswith("0")


@pytest.mark.parametrize(
    ("text", "dialect", "expected"),
    [
        pytest.param("0", NGINX, 0, id="nginx: no limit"),
        pytest.param("20M", NGINX, 20 * MIB, id="nginx"),
        pytest.param("1t", NGINX, None, id="nginx has no T"),
        pytest.param(" 1m", NGINX, None, id="nginx: a word has no space"),
        pytest.param("512M", SYSTEMD, 512 * MIB, id="systemd"),
        pytest.param("18446744073709551615", SYSTEMD, 2**64 - 1, id="systemd: exact, however large"),
        pytest.param("0M", SYSTEMD, 0, id="systemd: zero"),
        pytest.param("512m", SYSTEMD, None, id="systemd ignores lower case"),
        pytest.param("1024:2048", SYSTEMD, None, id="systemd: soft and hard limit"),
        pytest.param("50%", SYSTEMD, None, id="systemd: a share"),
        pytest.param("infinity", SYSTEMD, None, id="systemd: no limit"),
        pytest.param("1.5G", LIMIT, 1536 * MIB, id="limit"),
        pytest.param("2 GiB", LIMIT, 2048 * MIB, id="limit as people write it"),
        pytest.param("80%", LIMIT, None, id="limit: a share"),
        pytest.param("None", LIMIT, None, id="limit: none"),
        pytest.param("0.5G", LIMIT, None, id="limit below one unit"),
        pytest.param("1.2.3M", LIMIT, None, id="limit: not a number"),
    ],
)
def test_dialects(text: str, dialect: Dialect, expected: Any) -> None:
    assert read_size(text, dialect) == expected


@pytest.mark.parametrize(("size", "shown"), [(64 * MIB, "64m"), (1 << 30, "1g"), (1536, "1536"), (3 << 10, "3k")])
def test_exact(size: int, shown: str) -> None:
    assert exact_size(size) == shown


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
