# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A computation that would never end, ends."""

from __future__ import annotations

import re
import signal
import time

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.time_limit import time_limit


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|aa)+$", r"(.*a){25}x"])
def test_a_pattern_that_never_ends(pattern: str) -> None:
    started = time.monotonic()
    with pytest.raises(TimeoutError), time_limit(0.2):
        re.search(pattern, "a" * 5000 + "!")
    assert 0.2 <= time.monotonic() - started < 5


def test_what_ends_in_time_leaves_nothing_behind() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with time_limit(0.1):
        assert re.search("a", "a")
    time.sleep(0.2)
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
