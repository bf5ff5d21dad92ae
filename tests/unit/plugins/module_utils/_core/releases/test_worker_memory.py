# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an import took decides how many workers fit, and a second run comes to the same."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import Checked, Manifest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.worker_memory import (
    measured,
    needed,
    settled,
)
from hypothesis import given, settings
from hypothesis import strategies as st

MIB = 1024**2
BYTES = st.integers(1, 1 << 40)


@pytest.mark.parametrize(("imported", "expected"), [(0, 32), (40, 82), (400, 532), (4096, 5152)])
def test_needed(imported: int, expected: int) -> None:
    assert needed(imported * MIB) == expected * MIB


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param(0, 100, 100, id="never measured before"),
        pytest.param(100, 110, 100, id="ten per cent more is the same"),
        pytest.param(100, 90, 100, id="ten per cent less is the same"),
        pytest.param(100, 111, 111, id="more"),
        pytest.param(100, 89, 89, id="less"),
    ],
)
def test_settled(before: int, now: int, expected: int) -> None:
    assert settled(before, now) == expected


@given(BYTES, BYTES)
@settings(derandomize=True, max_examples=100, deadline=None)
def test_what_is_settled_stays(before: int, now: int) -> None:
    once = settled(before, now)
    assert settled(once, now) == once


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        pytest.param({}, 0, id="no release"),
        pytest.param({"r1": Manifest()}, 0, id="a release that was not checked"),
        pytest.param({"r1": Manifest(checked=Checked(7))}, 7, id="the live one"),
        pytest.param({"r2": Manifest(checked=Checked(7))}, 0, id="another one"),
    ],
)
def test_measured(manifests: dict[str, Manifest], expected: int) -> None:
    assert measured(manifests, "r1") == expected
