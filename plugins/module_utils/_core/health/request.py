# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The health check request: how it is declared, how it is sent, and which response is healthy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

BODY_LIMIT = 65536  # bytes of a body that are read and searched


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
