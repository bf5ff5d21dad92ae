# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One number drives the whole timeout chain."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.options import REQUEST_KINDS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.timeouts import (
    KINDS,
    chain,
    chain_of,
    too_short,
)


@pytest.mark.parametrize(
    ("timeout", "graceful", "expected"),
    [
        pytest.param(30, 0, (30, 30, 35, 35), id="default"),
        pytest.param(120, 0, (120, 120, 125, 125), id="long requests"),
        pytest.param(120, 20, (120, 20, 25, 125), id="less grace than a request may take"),
        pytest.param(30, 90, (30, 90, 95, 35), id="more grace"),
        pytest.param(0, 0, (0, 3600, 3605, 3605), id="no limit keeps to an hour"),
        pytest.param(0, 10, (0, 10, 15, 3605), id="no limit, short grace"),
    ],
)
def test_chain(timeout: int, graceful: int, expected: tuple[int, int, int, int]) -> None:
    found = chain(timeout, graceful)
    assert (found.timeout, found.graceful, found.stop, found.proxy_read) == expected


@pytest.mark.parametrize("timeout", [0, 1, 30, 7200])
@pytest.mark.parametrize("graceful", [0, 1, 30, 7200])
def test_outer_links_wait_longer(timeout: int, graceful: int) -> None:
    found = chain(timeout, graceful)
    assert found.stop > found.graceful
    assert found.proxy_read > found.timeout


def test_reasons() -> None:
    assert chain(60).reasons == [
        "a request may take 60 s (settings.timeout); workers get 60 s (graceful_timeout) to finish it, systemd kills "
        "them after 65 s, nginx waits 65 s for a response"
    ]


@pytest.mark.parametrize(
    ("timeout", "requests", "expected", "origin"),
    [
        (None, None, 30, "the default; override with settings.timeout or requests"),
        (None, "api", 30, "requests: api"),
        (None, "report", 120, "requests: report"),
        (None, "upload", 120, "requests: upload"),
        (45, "report", 45, "settings.timeout"),
        (0, "report", 0, "settings.timeout"),
    ],
)
def test_kinds_of_requests(timeout: int | None, requests: str | None, expected: int, origin: str) -> None:
    found = chain_of(timeout, 0, requests)
    assert found.timeout == expected
    assert found.reasons[0].startswith(f"a request may take {expected} s ({origin}")


def test_kinds_and_options_are_the_same() -> None:
    assert list(KINDS) == REQUEST_KINDS


@pytest.mark.parametrize(
    ("stop", "said"),
    [
        ("10", "10 s is less than graceful_timeout (60 s)"),
        ("59s", "59 s is less"),
        ("20ms", "0.02 s is less"),
        ("soon", "'soon' is not a valid time span"),
        ("60", ""),
        ("1min", ""),
        ("infinity", ""),
        ("0", ""),
        ("", ""),
    ],
)
def test_own_stop_of_the_user(stop: str, said: str) -> None:
    """Compared with the instance that needs longest."""
    found = too_short(stop, [chain(30), chain(60), chain(10)])
    assert said in found
    assert bool(found) == bool(said)
