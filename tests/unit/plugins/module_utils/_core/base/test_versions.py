# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Versions of Gunicorn."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.versions import at_least, numbers


@pytest.mark.parametrize(
    ("version", "least", "expected"),
    [
        ("25.1.0", "25.1", True),
        ("25.1", "25.1", True),
        ("25.0.9", "25.1", False),
        ("9.0.0", "25.1", False),
        ("100.0.0", "25.1", True),
        ("23.0.0+local.99", "23.0.1", False),
        pytest.param("", "25.1", True, id="unknown is the newest"),
    ],
)
def test_at_least(version: str, least: str, expected: bool) -> None:
    assert at_least(version, least) is expected


def test_numbers() -> None:
    assert numbers("20.1.0rc1") == (20, 1, 0, 1)
