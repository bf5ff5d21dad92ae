# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Versions of Gunicorn with known vulnerabilities."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.advisories import advisories


@pytest.mark.parametrize(
    ("version", "named"),
    [
        ("", []),
        ("20.1.0", ["CVE-2024-1135", "CVE-2024-6827"]),
        ("21.2.0", ["CVE-2024-1135", "CVE-2024-6827"]),
        ("22.0.0", ["CVE-2024-6827"]),
        ("23.0.0", []),
        ("27.0.1", []),
    ],
)
def test_advisories(version: str, named: list[str]) -> None:
    found = advisories("gunicorn_apps.shop.gunicorn_version", version)
    assert len(found) == bool(named)
    assert all(name in str(found[0]) for name in named)
    assert not found or str(found[0]).count("CVE") == len(named)
