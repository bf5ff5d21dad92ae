# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judging the response to a health request, and showing it to people."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health


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
