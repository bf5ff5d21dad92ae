# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request that proves that an app serves: how it is declared, how it is written, and which answer is healthy."""

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
# Those that this client writes itself; a second one would make the request ambiguous.
OWN_HEADERS = {
    "host": "Use `host`.",
    "connection": "Each request has a connection of its own.",
    "content-length": "The request has no body.",
    "transfer-encoding": "The request has no body.",
}


@dataclass(frozen=True)
class Health:
    """The request, and what its answer must be. Manifests of earlier releases lack the later fields."""

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
        object.__setattr__(self, "status", tuple(self.status))  # JSON made a list of it


def check_health(where: str, given: Mapping[str, Any], default_host: str) -> Health:
    """Check type-checked options; `where` is what stands before an option's name, as in `gunicorn_apps.shop.health.`"""
    if not PATH.match(given["path"]):
        raise InputError(f"{where}path", f"{given['path']!r} is not a URL path.", "Example: '/healthz'.")
    for status in given["status"] or ():
        if not 100 <= status <= 599:
            raise InputError(f"{where}status", f"{status} is not an HTTP status.", "Allowed: 100 to 599.")
    for key in ("timeout", "within"):
        if not 0 < given[key] <= LONGEST:
            raise InputError(f"{where}{key}", f"{given[key]} must be above 0 and at most {LONGEST:g} seconds.")
    if not 0 <= given["settle"] <= LONGEST:
        raise InputError(f"{where}settle", f"{given['settle']} must be 0 to {LONGEST:g} seconds.")
    if not 1 <= given["successes"] <= MOST_SUCCESSES:
        raise InputError(f"{where}successes", f"{given['successes']} must be 1 to {MOST_SUCCESSES}.")
    host = given["host"] or default_host
    if not HOST.match(host):
        raise InputError(f"{where}host", f"{host!r} is not a host name.", "Example: 'shop.example.com'.")
    body = _pattern(f"{where}body", given["body"])
    if body and given["method"] == "HEAD":
        raise InputError(f"{where}body", "cannot be searched: an answer to HEAD has none.", "Use another `method`.")
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
            raise InputError(where, f"{name!r} is not a name of a header.", "Example: 'Content-Type'.")
        result[name] = _pattern(f"{where}.{name}", pattern)
    return result


def _pattern(where: str, value: Any) -> str:
    """A regular expression as text. What YAML or a template made of it is refused: as text it would never match."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise InputError(where, f"is {described(value)}, not a regular expression.", "Quote the value.")
    text = str(value)
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as exc:
        problem = f"{text!r} is not a regular expression: {exc}."
        raise InputError(where, problem, "Allowed: what Python's re takes.") from exc
    return text


def check_request_headers(where: str, headers: Mapping[Any, Any]) -> dict[str, str]:
    """Headers to send; values may be credentials, so they are part of no message."""
    result = {}
    for name, value in headers.items():
        if not isinstance(name, str) or not HEADER_NAME.match(name):
            raise InputError(where, f"{name!r} is not a name of a header.", "Example: 'Authorization'.")
        if name.lower() in OWN_HEADERS:
            raise InputError(f"{where}.{name}", "is written by the health check itself.", OWN_HEADERS[name.lower()])
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise InputError(f"{where}.{name}", f"is {kind(value)}, not text.", "Quote the value.")
        if re.search(r"[^\t\x20-\x7e\xa0-\xff]", str(value)):
            raise InputError(f"{where}.{name}", "has a character that no header can carry.", "Allowed: Latin-1 text.")
        result[name] = str(value)
    return result


def request_bytes(health: Health, headers: Mapping[str, str]) -> bytes:
    """The request as it goes over the wire; the connection ends with the answer."""
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
    """What is wrong with an answer, or nothing. The names of `headers` are in lower case."""
    if health.status and status not in health.status:
        return f"status {status}, healthy is {', '.join(str(one) for one in health.status)}"
    if not health.status and status >= 500:
        return f"status {status}, healthy is any below 500"
    for name, pattern in health.headers.items():
        value = headers.get(name.lower())
        if value is None:
            return f"no header {name}"
        if not re.search(pattern, value):
            return f"header {name} does not match {pattern!r}"
    if health.body and not re.search(health.body, body):
        return f"body does not match {health.body!r}"
    return ""


def headers_asked(health: Health, headers: Mapping[str, str]) -> list[str]:
    """The headers that the verdict rests on, as lines for a person."""
    return [f"{name}: {headers[name.lower()]}" for name in health.headers if name.lower() in headers]


def readable(text: str, limit: int) -> str:
    """The start of a foreign text; control characters could rewrite the terminal that shows it."""
    start = text.strip()[:limit]
    return "".join(char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in start)


def summary(outcomes: Mapping[str, int], most: int = 5) -> str:
    """Each outcome counted, the frequent ones by name."""
    ordered = sorted(outcomes.items(), key=lambda item: -item[1])
    parts = [f"{count} × {outcome}" for outcome, count in ordered[:most]]
    rest = sum(count for _outcome, count in ordered[most:])
    total = sum(outcomes.values())
    return f"{total} attempt{'s' * (total != 1)}: {', '.join([*parts, *[f'{rest} others'] * bool(rest)])}"
