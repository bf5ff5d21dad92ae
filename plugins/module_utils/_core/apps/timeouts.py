# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One number drives the whole timeout chain, so that its links cannot contradict each other."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Optional

DEFAULT_TIMEOUT = 30
GRACE_MARGIN = 5
PROXY_CONNECT = 5
# Seconds that a request of a kind may take. Sending an upload takes none of them: nginx takes it first, and gives it to
# the app at once.
SPANS: Mapping[str, float] = MappingProxyType(
    {
        "us": 1e-6,
        "usec": 1e-6,
        "ms": 1e-3,
        "msec": 1e-3,
        "s": 1,
        "sec": 1,
        "second": 1,
        "seconds": 1,
        "m": 60,
        "min": 60,
        "minute": 60,
        "minutes": 60,
        "h": 3600,
        "hr": 3600,
        "hour": 3600,
        "hours": 3600,
        "d": 86400,
        "day": 86400,
        "days": 86400,
    }
)
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


def seconds_of(text: object) -> Optional[float]:
    """A span of time as systemd writes it (`90`, `1min 30s`, `infinity`); None for what is none."""
    words = str(text).strip()
    if words == "infinity":
        return math.inf
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([a-z]*)\s*", words)
    whole = "".join(f"{number}{unit}" for number, unit in parts) == re.sub(r"\s", "", words)
    if not parts or not whole or any((unit or "s") not in SPANS for _number, unit in parts):
        return None
    return sum(float(number) * SPANS[unit or "s"] for number, unit in parts)


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
