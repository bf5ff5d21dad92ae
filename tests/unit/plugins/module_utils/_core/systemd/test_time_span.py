# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time spans of systemd in seconds."""

from __future__ import annotations

import math
from typing import Optional

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.time_span import seconds_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90", 90),
        (90, 90),
        ("1.5s", 1.5),
        ("2 min", 120),
        ("1h", 3600),
        ("1min 30s", 90),
        ("20ms", 0.02),
        ("1w", 604800),
        ("1M", 2629800),
        ("infinity", math.inf),
        ("soon", None),
        ("5 parsecs", None),
        ("", None),
    ],
)
def test_seconds_of(text: object, expected: Optional[float]) -> None:
    assert seconds_of(text) == expected
