# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask an app whether it serves: HTTP over its own socket, without the proxy between."""

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
    headers_asked,
    judge,
    readable,
    request_bytes,
    summary,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.health.exchange import (
    ExchangeError,
    Response,
    exchange,
)

PAUSES = (0.05, 0.1, 0.2, 0.4)
WATCH = 0.25
SHOWN = 1000  # characters of a body
GRACE = 1.0  # looking up a name is not bounded by the exchange
# As behind the proxy; otherwise an app that insists on HTTPS answers with a redirect.
FORWARDED: Mapping[str, str] = MappingProxyType({"X-Forwarded-Proto": "https"})
Tls = Union[bool, ssl.SSLContext]


@dataclass(frozen=True)
class Answer:
    """What was seen; `healthy` is the verdict, `problem` why not, `seen` the evidence for a person."""

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
    """One request to `unix:/path`, `host:port` or `[v6]:port`.

    `tls` as True does not verify the certificate: a local socket needs no proof of who is behind it, and the name in
    the certificate is that of the site. A context verifies as it was told to.
    """
    started = time.monotonic()
    seconds = health.timeout if limit is None else min(health.timeout, limit)
    response: Optional[Response] = None
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
        problem = judge(health, response.status, response.headers, _text(response))
    except ExchangeError as exc:
        response = exc.response
        problem = str(exc)
        timed_out = exc.timed_out
    return Answer(
        healthy=not problem,
        seen=_seen(health, response, problem),
        status=response.status if response else 0,
        problem=problem,
        seconds=round(time.monotonic() - started, 3),
        timed_out=timed_out,
    )


def wait_healthy(
    bind: str,
    health: Health,
    give_up: Callable[[], str],
    tls: Tls = False,
    headers: Mapping[str, str] = FORWARDED,
    attempts: int = 0,
) -> Answer:
    """Ask with growing pauses until `health.successes` answers in a row are healthy.

    Ends as well when `health.within` is over, after `attempts` requests (0: any number), or when `give_up` tells
    that it is hopeless.
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
        # A request that only the end of all time cut short says less than the one before it.
        cut = left < health.timeout and answer.timed_out
        if telling is None or not cut:
            telling = answer
        asked = sum(outcomes.values())
        if row >= health.successes:
            return replace(answer, attempts=asked, seconds=round(time.monotonic() - started, 3))
        pause = PAUSES[min(pauses, len(PAUSES) - 1)]
        hopeless = give_up()
        problem = hopeless or _over(health, attempts, asked, time.monotonic() + pause >= end)
        if problem:
            told = f"{problem}\n" if hopeless else f"{problem}; the last: "
            counted = f"\n{summary(outcomes)}" if asked > 1 else ""
            return replace(
                telling,
                healthy=False,
                seen=f"{told}{telling.seen}{counted}",
                problem=problem,
                attempts=asked,
                seconds=round(time.monotonic() - started, 3),
            )
        time.sleep(pause)
        pauses += 1


def _over(health: Health, attempts: int, asked: int, late: bool) -> str:
    """Why there is no further attempt, if there is none."""
    wanted = "no healthy answer" if health.successes == 1 else f"no {health.successes} healthy answers in a row"
    if late:
        return f"{wanted} within {health.within:g} s"
    if asked == attempts:
        return f"{wanted} in {asked} attempt{'s' * (asked != 1)}"
    return ""


def _ask_watching(
    bind: str, health: Health, give_up: Callable[[], str], tls: Tls, headers: Mapping[str, str], left: float
) -> Answer:
    """One request; while no worker takes it from the socket's queue, watch whether any ever will."""
    answers: list[Answer] = []
    asking = threading.Thread(target=lambda: answers.append(ask(bind, health, tls, headers, left)), daemon=True)
    asking.start()
    end = time.monotonic() + min(health.timeout, left) + GRACE
    while asking.is_alive():
        asking.join(WATCH)
        if asking.is_alive() and give_up():
            return _unanswered(health, "no worker took the request")
        if asking.is_alive() and time.monotonic() > end:
            return replace(_unanswered(health, "timed out, no connection"), timed_out=True)
    return answers[0]


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
    """The host without its port, as TLS wants it."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _text(response: Response) -> str:
    return response.body.decode("utf-8", "replace")


def _seen(health: Health, response: Optional[Response], problem: str) -> str:
    """The status line and what is wrong; the headers asked about; the start of the body where it is wrong."""
    request = f"{health.method} {health.path}"
    if response is None:
        return f"{request}: {problem}"
    lines = [f"{request}: {response.status} {readable(response.reason, 100)}".rstrip()]
    if problem:
        lines[0] += f" ({problem})"
    lines += [readable(line, 300) for line in headers_asked(health, response.headers)]
    if problem and response.body:
        lines.append(readable(_text(response), SHOWN))
    return "\n".join(lines)
