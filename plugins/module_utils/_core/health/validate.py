# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validating the options of a health request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.described import described, kind
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health

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
