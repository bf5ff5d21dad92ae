# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One number drives the whole timeout chain, so that its links cannot contradict each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.time_span import seconds_of

DEFAULT_TIMEOUT = 30
GRACE_MARGIN = 5
PROXY_CONNECT = 5
# Seconds that a request of a kind may take. Sending an upload takes none of them: nginx takes it first, and gives it to
# the app at once.
KINDS: Mapping[str, int] = MappingProxyType({"api": 30, "report": 120, "upload": 120})


@dataclass(frozen=True)
class Timeouts:
    """Seconds. A request may take `timeout`; each outer link waits a little longer than the inner one."""

    timeout: int
    graceful: int
    stop: int
    proxy_read: int
    proxy_connect: int = PROXY_CONNECT
    origin: str = "settings.timeout"

    @property
    def reasons(self) -> list[str]:
        return [
            f"a request may take {self.timeout} s ({self.origin}); workers get graceful_timeout {self.graceful} s "
            f"to finish it, systemd stops after {self.stop} s, nginx waits {self.proxy_read} s for an answer"
        ]


def too_short(stop: object, links: Iterable[Timeouts]) -> str:
    """Why a TimeoutStopSec of the user's own contradicts the chain; '' if it does not."""
    if stop == "":
        return ""
    seconds = seconds_of(stop)
    if seconds is None:
        return f"{stop!r} is no span of time, and systemd would pass over it; write 90 or 1min 30s."
    longest = max(links, key=lambda link: link.graceful)
    if seconds == 0 or seconds >= longest.graceful:  # 0 waits for ever
        return ""
    return (
        f"{seconds:g} s are less than graceful_timeout ({longest.graceful} s): systemd would kill what still answers."
    )


def chain(timeout: int = DEFAULT_TIMEOUT, graceful: int = 0, origin: str = "settings.timeout") -> Timeouts:
    """Derive every limit from the time that a request may take.

    `timeout: 0` switches Gunicorn's own limit off; nginx and systemd then keep to an hour.
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
    """A declared time-out goes before that of the kind of requests."""
    if timeout is not None:
        return chain(timeout, graceful)
    if requests:
        return chain(KINDS[requests], graceful, f"requests: {requests}; settings.timeout for another")
    return chain(DEFAULT_TIMEOUT, graceful, "unless settings.timeout or requests says otherwise")
