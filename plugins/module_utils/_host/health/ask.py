# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the health of an app: HTTP over its own socket, bypassing the proxy."""

from __future__ import annotations

import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Optional, Union

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import (
    BODY_LIMIT,
    Health,
    request_bytes,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.response import (
    checked_headers,
    judge,
    readable,
    summary,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.health.exchange import (
    ExchangeError,
    Response,
    exchange,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.time_limit import time_limit

PAUSES = (0.05, 0.1, 0.2, 0.4)
WATCH = 0.25
SHOWN = 1000  # characters of a body
LONGEST_PROBLEM = 200  # characters; it may repeat what the app sent
PATTERNS = 1.0  # seconds for all patterns of one response
GRACE = 1.0  # the exchange does not limit the time of a name lookup
# As behind the proxy; otherwise an app that requires HTTPS responds with a redirect.
FORWARDED: Mapping[str, str] = MappingProxyType({"X-Forwarded-Proto": "https"})
Tls = Union[bool, ssl.SSLContext]


@dataclass(frozen=True)
class Fetched:
    """What came back for a request, before anybody has judged it; `problem` if it is not a complete response."""

    response: Optional[Response] = None
    problem: str = ""
    seconds: float = 0.0
    timed_out: bool = False


@dataclass(frozen=True)
class Answer:
    """The outcome: `healthy` is the verdict, `problem` the reason if it is not, `seen` the evidence for a person."""

    healthy: bool
    seen: str
    status: int = 0
    problem: str = ""
    attempts: int = 1
    seconds: float = 0.0
    timed_out: bool = False


def ask(
    bind: str,
    health: Health,
    tls: Tls = False,
    headers: Mapping[str, str] = FORWARDED,
    limit: Optional[float] = None,
) -> Answer:
    """Send one request to `unix:/path`, `host:port` or `[v6]:port` and judge the response, in the main thread.

    `tls=True` does not verify the certificate: a local socket does not need proof of its owner, and the certificate
    carries the site's name. An SSLContext verifies as it is configured.
    """
    return _judged(health, _fetch(bind, health, tls, headers, limit))


def _fetch(bind: str, health: Health, tls: Tls, headers: Mapping[str, str], limit: Optional[float]) -> Fetched:
    started = time.monotonic()
    seconds = health.timeout if limit is None else min(health.timeout, limit)
    response: Optional[Response] = None
    problem = ""
    timed_out = False
    try:
        response = exchange(
            bind,
            request_bytes(health, headers),
            health.method,
            max(seconds, 0.001),
            BODY_LIMIT,
            _context(tls),
            _name(health.host),
        )
    except ExchangeError as exc:
        response = exc.response
        problem = readable(str(exc), LONGEST_PROBLEM)
        timed_out = exc.timed_out
    return Fetched(response, problem, round(time.monotonic() - started, 3), timed_out)


def _judged(health: Health, fetched: Fetched) -> Answer:
    response = fetched.response
    problem = fetched.problem or (_judge(health, response) if response else "")
    return Answer(
        healthy=not problem,
        seen=_seen(health, response, problem),
        status=response.status if response else 0,
        problem=problem,
        seconds=fetched.seconds,
        timed_out=fetched.timed_out,
    )


def _judge(health: Health, response: Response) -> str:
    """Return what is wrong with the response. The body is the app's own, and may be made to keep a pattern busy."""
    try:
        with time_limit(PATTERNS):
            return judge(health, response.status, response.headers, _text(response))
    except TimeoutError:
        return f"matching the patterns of this health check took longer than {PATTERNS:g} s"


def wait_healthy(
    bind: str,
    health: Health,
    give_up: Callable[[], str],
    tls: Tls = False,
    headers: Mapping[str, str] = FORWARDED,
    attempts: int = 0,
) -> Answer:
    """Ask with growing pauses until `health.successes` responses in a row are healthy.

    Stop earlier when `health.within` is over, after `attempts` requests (0: no limit), or when `give_up` returns why
    going on is hopeless.
    """
    started = time.monotonic()
    end = started + health.within
    outcomes: Counter[str] = Counter()
    telling: Optional[Answer] = None
    row = pauses = 0
    while True:
        left = end - time.monotonic()
        answer = _ask_watching(bind, health, give_up, tls, headers, left)
        outcomes[answer.problem or "healthy"] += 1
        if answer.healthy != (row > 0):
            pauses = 0
        row = row + 1 if answer.healthy else 0
        # A request that was only cut short by the overall deadline says less than the one before it.
        cut = left < health.timeout and answer.timed_out
        if telling is None or not cut:
            telling = answer
        made = sum(outcomes.values())
        if row >= health.successes:
            return replace(answer, attempts=made, seconds=round(time.monotonic() - started, 3))
        pause = PAUSES[min(pauses, len(PAUSES) - 1)]
        hopeless = give_up()
        problem = hopeless or _over(health, attempts, made, time.monotonic() + pause >= end)
        if problem:
            why = f"{problem}\n" if hopeless else f"{problem}; the last: "
            counted = f"\n{summary(outcomes)}" if made > 1 else ""
            return replace(
                telling,
                healthy=False,
                seen=f"{why}{telling.seen}{counted}",
                problem=problem,
                attempts=made,
                seconds=round(time.monotonic() - started, 3),
            )
        time.sleep(pause)
        pauses += 1


def _over(health: Health, attempts: int, made: int, late: bool) -> str:
    """Return why there will be no further attempt; '' if there will be one."""
    missing = (
        "no healthy response" if health.successes == 1 else f"fewer than {health.successes} healthy responses in a row"
    )
    if late:
        return f"{missing} within {health.within:g} s"
    if made == attempts:
        return f"{missing} in {made} attempt{'s' * (made != 1)}"
    return ""


def _ask_watching(
    bind: str, health: Health, give_up: Callable[[], str], tls: Tls, headers: Mapping[str, str], left: float
) -> Answer:
    """Send one request; while no worker accepts it from the socket's queue, watch whether one still can."""
    answers: list[Fetched] = []
    asking = threading.Thread(target=lambda: answers.append(_fetch(bind, health, tls, headers, left)), daemon=True)
    asking.start()
    end = time.monotonic() + min(health.timeout, left) + GRACE
    while asking.is_alive():
        asking.join(WATCH)
        if asking.is_alive() and give_up():
            return _unanswered(health, "no worker accepted the request")
        if asking.is_alive() and time.monotonic() > end:
            return replace(_unanswered(health, "timed out, no connection"), timed_out=True)
    return _judged(health, answers[0])


def _unanswered(health: Health, problem: str) -> Answer:
    return Answer(False, _seen(health, None, problem), problem=problem)


def _context(tls: Tls) -> Optional[ssl.SSLContext]:
    if isinstance(tls, ssl.SSLContext):
        return tls
    if not tls:
        return None
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _name(host: str) -> str:
    """Return the host without its port, as TLS needs it."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _text(response: Response) -> str:
    return response.body.decode("utf-8", "replace")


def _seen(health: Health, response: Optional[Response], problem: str) -> str:
    """Return the status line and what is wrong, the headers that were checked and, if unhealthy, the body's start."""
    request = f"{health.method} {health.path}"
    if response is None:
        return f"{request}: {problem}"
    lines = [f"{request}: {response.status} {readable(response.reason, 100)}".rstrip()]
    if problem:
        lines[0] += f" ({problem})"
    lines += [readable(line, 300) for line in checked_headers(health, response.headers)]
    if problem and response.body:
        lines.append(readable(_text(response), SHOWN))
    return "\n".join(lines)
