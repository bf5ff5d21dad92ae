# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one client may occupy: for how long, how much of the header buffers, and how many connections."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import NGINX, parse_size

SECONDS = range(1, 86401)
CONNECTIONS = range(65536)  # of nginx's limit_conn; 0 is our word for none
BUFFERS = re.compile(r"(?P<number>[1-9][0-9]{0,2}) (?P<size>[0-9]+[kKmM]?)", re.ASCII)
ZONE = "gunicorn_clients"


@dataclass(frozen=True)
class Limits:
    """The limits of a host, under the names of nginx's directives; times are in seconds."""

    client_header_timeout: int = 20
    client_body_timeout: int = 60
    send_timeout: int = 60
    keepalive_timeout: int = 75
    large_client_header_buffers: str = "4 8k"
    limit_conn: int = 1000


DEFAULTS = Limits()
LIMIT_OPTIONS: dict[str, dict[str, Any]] = {
    one.name: {"type": "str" if isinstance(one.default, str) else "int", "default": one.default}
    for one in fields(Limits)
}


def check_limits(prefix: str, limits: Limits) -> Limits:
    """Return the limits, or raise InputError."""
    for name in ("client_header_timeout", "client_body_timeout", "send_timeout", "keepalive_timeout"):
        seconds(f"{prefix}{name}", getattr(limits, name))
    connections(f"{prefix}limit_conn", limits.limit_conn)
    variable, value = f"{prefix}large_client_header_buffers", limits.large_client_header_buffers
    match = BUFFERS.fullmatch(value)
    size = parse_size(variable, match["size"], NGINX) if match else 0
    if size is None or not 1024 <= size <= 1024**2:
        raise InputError(variable, f"must be a number and a size from 1k to 1m, not {value!r}.", "Example: 4 8k")
    return limits


def seconds(variable: str, value: int) -> int:
    if value not in SECONDS:
        raise InputError(variable, f"must be from {SECONDS[0]} to {SECONDS[-1]} seconds, not {value}.")
    return value


def connections(variable: str, value: int) -> int:
    if value not in CONNECTIONS:
        raise InputError(variable, f"must be from 1 to {CONNECTIONS[-1]}, or 0 for no limit, not {value}.")
    return value


def render_zone() -> list[str]:
    return ["# Requests in progress by client address.", f"limit_conn_zone $binary_remote_addr zone={ZONE}:10m;", ""]


def socket_settings(limits: Limits) -> list[str]:
    """Return the settings of every server.

    Until nginx has read the client's Host header, those of the socket's default server apply.
    """
    return [
        # An app sees X_Forwarded_For and X-Forwarded-For as the same variable.
        "underscores_in_headers off;",
        "ignore_invalid_headers on;",
        f"client_header_timeout {limits.client_header_timeout}s;",
        f"large_client_header_buffers {limits.large_client_header_buffers};",
        f"keepalive_timeout {limits.keepalive_timeout}s;",
        "reset_timedout_connection on;",
    ]


def app_settings(body_timeout: int, send_timeout: int, limit_conn: int) -> list[str]:
    # A location cannot switch off the limit of its server, so no limit is the highest one.
    return [
        f"client_body_timeout {body_timeout}s;",
        f"send_timeout {send_timeout}s;",
        f"limit_conn {ZONE} {limit_conn or CONNECTIONS[-1]};",
    ]
