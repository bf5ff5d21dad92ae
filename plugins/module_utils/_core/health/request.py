# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The health check request: how it is declared, how it is sent, and which response is healthy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.described import described, kind
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError

BODY_LIMIT = 65536  # bytes of a body that are read and searched
LONGEST = 86400.0
MOST_SUCCESSES = 1000
PATH = re.compile(r"/[\x21\x22\x24-\x7e]*\Z")
HOST = re.compile(r"[A-Za-z0-9_.:\[\]-]+\Z")
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")
# Headers that this client sets itself; a second one would make the request ambiguous.
OWN_HEADERS = {
    "host": "Use `host`.",
    "connection": "Each request uses its own connection.",
    "content-length": "The request has no body.",
    "transfer-encoding": "The request has no body.",
}


@dataclass(frozen=True)
class Health:
    """The request, and what makes its response healthy. Manifests of earlier releases lack the later fields."""

    path: str = "/"
    host: str = "localhost"
    status: Sequence[int] = ()
    timeout: float = 5.0
    within: float = 60.0
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    successes: int = 1
    settle: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", tuple(self.status))  # a list after a round trip through JSON


def check_health(where: str, given: Mapping[str, Any], default_host: str) -> Health:
    """Validate type-checked options; raise InputError for the first bad value.

    `where` is the prefix of an option's name in messages, such as `gunicorn_apps.shop.health.`
    """
    if not PATH.match(given["path"]):
        raise InputError(f"{where}path", f"{given['path']!r} is not a URL path.", "Example: '/healthz'.")
    for status in given["status"] or ():
        if not 100 <= status <= 599:
            raise InputError(f"{where}status", f"{status} is not an HTTP status.", "Allowed: 100 to 599.")
    for key in ("timeout", "within"):
        if not 0 < given[key] <= LONGEST:
            raise InputError(f"{where}{key}", f"must be above 0 and at most {LONGEST:g} seconds, not {given[key]}.")
    if not 0 <= given["settle"] <= LONGEST:
        raise InputError(f"{where}settle", f"must be 0 to {LONGEST:g} seconds, not {given['settle']}.")
    if not 1 <= given["successes"] <= MOST_SUCCESSES:
        raise InputError(f"{where}successes", f"must be 1 to {MOST_SUCCESSES}, not {given['successes']}.")
    host = given["host"] or default_host
    if not HOST.match(host):
        raise InputError(f"{where}host", f"{host!r} is not a host name.", "Example: 'shop.example.com'.")
    body = _pattern(f"{where}body", given["body"])
    if body and given["method"] == "HEAD":
        raise InputError(f"{where}body", "cannot be checked: a response to HEAD has no body.", "Use another `method`.")
    return Health(
        path=given["path"],
        host=host,
        status=tuple(given["status"] or ()),
        timeout=given["timeout"],
        within=given["within"],
        method=given["method"],
        headers=_header_patterns(f"{where}headers", given["headers"] or {}),
        body=body,
        successes=given["successes"],
        settle=given["settle"],
    )


def _header_patterns(where: str, headers: Mapping[Any, Any]) -> dict[str, str]:
    result = {}
    for name, pattern in headers.items():
        if not isinstance(name, str) or not HEADER_NAME.match(name):
            raise InputError(where, f"{name!r} is not a valid header name.", "Example: 'Content-Type'.")
        result[name] = _pattern(f"{where}.{name}", pattern)
    return result


def _pattern(where: str, value: Any) -> str:
    """Return a regular expression as text. A value that YAML has converted is refused: as text it would never match."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise InputError(where, f"is {described(value)}, not a regular expression.", "Quote the value.")
    text = str(value)
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as exc:
        problem = f"{text!r} is not a regular expression: {exc}."
        raise InputError(where, problem, "Use the syntax of Python's re module.") from exc
    return text


def check_request_headers(where: str, headers: Mapping[Any, Any]) -> dict[str, str]:
    """Validate headers to send; raise InputError, without the values in the message: they may be credentials."""
    result = {}
    for name, value in headers.items():
        if not isinstance(name, str) or not HEADER_NAME.match(name):
            raise InputError(where, f"{name!r} is not a valid header name.", "Example: 'Authorization'.")
        if name.lower() in OWN_HEADERS:
            raise InputError(f"{where}.{name}", "is set by the health check itself.", OWN_HEADERS[name.lower()])
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise InputError(f"{where}.{name}", f"is {kind(value)}, not text.", "Quote the value.")
        if re.search(r"[^\t\x20-\x7e\xa0-\xff]", str(value)):
            raise InputError(
                f"{where}.{name}", "contains a character that is not allowed in a header.", "Allowed: Latin-1 text."
            )
        result[name] = str(value)
    return result


def request_bytes(health: Health, headers: Mapping[str, str]) -> bytes:
    """Return the request as sent over the wire; the connection is closed after the response."""
    own = {
        "Host": health.host,
        "Connection": "close",
        "User-Agent": "wsgiops-gunicorn-health",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
    }
    if health.method == "POST":
        own["Content-Length"] = "0"
    given = {name.lower() for name in headers}
    lines = [f"{health.method} {health.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in own.items() if name.lower() not in given]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def judge(health: Health, status: int, headers: Mapping[str, str], body: str) -> str:
    """Return what is wrong with a response, '' if it is healthy. The names of `headers` are in lower case."""
    if health.status and status not in health.status:
        return f"status {status}, expected {', '.join(str(one) for one in health.status)}"
    if not health.status and status >= 500:
        return f"status {status}, expected any below 500"
    for name, pattern in health.headers.items():
        value = headers.get(name.lower())
        if value is None:
            return f"no header {name}"
        if not re.search(pattern, value):
            return f"header {name} does not match {pattern!r}"
    if health.body and not re.search(health.body, body):
        return f"body does not match {health.body!r}"
    return ""


def checked_headers(health: Health, headers: Mapping[str, str]) -> list[str]:
    """Return the response headers that were checked, as lines for a person."""
    return [f"{name}: {headers[name.lower()]}" for name in health.headers if name.lower() in headers]


def readable(text: str, limit: int) -> str:
    """Return the start of an untrusted text, without control characters: they could manipulate the terminal."""
    start = text.strip()[:limit]
    return "".join(char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in start)


def summary(outcomes: Mapping[str, int], most: int = 5) -> str:
    """Return the number of attempts with each outcome, the `most` frequent ones by name."""
    ordered = sorted(outcomes.items(), key=lambda item: -item[1])
    parts = [f"{count} × {outcome}" for outcome, count in ordered[:most]]
    rest = sum(count for _outcome, count in ordered[most:])
    total = sum(outcomes.values())
    return f"{total} attempt{'s' * (total != 1)}: {', '.join([*parts, *[f'{rest} others'] * bool(rest)])}"
