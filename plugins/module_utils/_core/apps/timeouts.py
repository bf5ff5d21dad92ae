# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The timeout chain: all timeouts are derived from one number, so that they cannot contradict each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.time_span import seconds_of

DEFAULT_TIMEOUT = 30
GRACE_MARGIN = 5
PROXY_CONNECT = 5
# Seconds that a request of each kind may take. Receiving an upload does not count: nginx buffers it first, then passes
# it to the app at once.
KINDS: Mapping[str, int] = MappingProxyType({"api": 30, "report": 120, "upload": 120})


@dataclass(frozen=True)
class Timeouts:
    """The chain, in seconds: a request may take `timeout`, and each outer link waits a little longer than the inner."""

    timeout: int
    graceful: int
    stop: int
    proxy_read: int
    proxy_connect: int = PROXY_CONNECT
    origin: str = "settings.timeout"

    @property
    def reasons(self) -> list[str]:
        return [
            f"a request may take {self.timeout} s ({self.origin}); workers get {self.graceful} s (graceful_timeout) "
            f"to finish it, systemd kills them after {self.stop} s, nginx waits {self.proxy_read} s for a response"
        ]


def too_short(stop: object, links: Iterable[Timeouts]) -> str:
    """Explain why the user's own TimeoutStopSec contradicts the chain; return '' if it does not."""
    if stop == "":
        return ""
    seconds = seconds_of(stop)
    if seconds is None:
        return f"{stop!r} is not a valid time span; systemd would ignore it. Examples: 90, 1min 30s."
    longest = max(links, key=lambda link: link.graceful)
    if seconds == 0 or seconds >= longest.graceful:  # 0 waits for ever
        return ""
    return (
        f"{seconds:g} s is less than graceful_timeout ({longest.graceful} s): systemd would kill workers that are "
        "still serving requests."
    )


def chain(timeout: int = DEFAULT_TIMEOUT, graceful: int = 0, origin: str = "settings.timeout") -> Timeouts:
    """Derive every limit from the time that a request may take.

    `timeout: 0` disables Gunicorn's own limit; nginx and systemd then use one hour.
    """
    longest = timeout or 3600
    grace = graceful or longest
    return Timeouts(
        timeout=timeout,
        graceful=grace,
        stop=grace + GRACE_MARGIN,
        proxy_read=longest + GRACE_MARGIN,
        origin=origin,
    )


def chain_of(timeout: int | None, graceful: int, requests: str | None) -> Timeouts:
    """Return the chain for a declared timeout, which takes precedence, or for the declared kind of requests."""
    if timeout is not None:
        return chain(timeout, graceful)
    if requests:
        return chain(KINDS[requests], graceful, f"requests: {requests}; override with settings.timeout")
    return chain(DEFAULT_TIMEOUT, graceful, "the default; override with settings.timeout or requests")
