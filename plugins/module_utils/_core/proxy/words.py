# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validate what a user wrote before it goes into an nginx configuration: every value is proven harmless, or refused.

nginx expands `$` even inside quotes and cannot escape it, so free text that contains one is refused.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Union

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.described import described
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import NGINX, parse_size

LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
SERVER_NAME = re.compile(rf"(?:\*\.)?{LABEL}(?:\.{LABEL})*", re.ASCII)
PREFIX = re.compile(r"/[A-Za-z0-9/._~@:+=,-]*", re.ASCII)
EXPIRES = re.compile(r"max|off|epoch|[0-9]{1,9}(?:s|m|h|d|w|M|y)?", re.ASCII)
HEADER_NAME = re.compile(r"[A-Za-z0-9!#%&'*+.^_`|~-]+", re.ASCII)
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}", re.ASCII)
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
PRIVATE = tuple(
    ipaddress.ip_network(item)
    for item in (
        *("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
)
# The widest ranges that CDNs publish are a few bits narrower.
SHORTEST_PUBLIC = {4: 10, 6: 20}
UPSTREAM = re.compile(r"unix:/[A-Za-z0-9/._@+-]+|(?:[0-9.]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}", re.ASCII)


def quote(variable: str, text: str) -> str:
    """Return the text as one quoted nginx parameter, or raise InputError."""
    if not isinstance(text, str):
        raise InputError(variable, f"must be text, not {described(text)}.")
    if "$" in text:
        raise InputError(variable, f"contains a '$' ({text!r}), which nginx would interpret as a variable.")
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise InputError(variable, f"contains a line break or another control character ({text!r}).")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def server_name(variable: str, text: str) -> str:
    """Return a host name in lower case, with or without a leading `*.`, or raise InputError."""
    name = str(text).lower()
    if name == "_":
        raise InputError(
            variable, "is '_', which no client requests.", "For a site that answers any name, leave server_name out."
        )
    if len(name) > 253 or not SERVER_NAME.fullmatch(name):
        raise InputError(
            variable,
            f"is not a valid host name ({text!r}).",
            "Allowed: letters, digits, '-' and '.', and a leading '*.'; other alphabets as punycode (xn--…).",
        )
    return name


def url_prefix(variable: str, text: str) -> str:
    """Return the prefix, or raise InputError unless it can match a path as nginx sees it: decoded and normalized.

    This rule applies to routes, streaming routes and URLs of static files, whether or not nginx serves the app today.
    """
    if not isinstance(text, str) or not text.startswith("/"):
        raise InputError(variable, f"does not begin with '/' ({text!r}).", "Example: '/events/'.")
    if not PREFIX.fullmatch(text):
        raise InputError(
            variable,
            f"contains a character that is not allowed ({text!r}).",
            "Allowed: A-Z a-z 0-9 / . _ ~ @ : + = , -",
        )
    if "//" in text or any(part in (".", "..") for part in text.split("/")):
        raise InputError(variable, f"can never match ({text!r}): nginx resolves '//', '.' and '..' before matching.")
    return text


def absolute_path(variable: str, text: str) -> str:
    """Return an absolute path on the host, not yet quoted, or raise InputError."""
    quote(variable, text)
    if not text.startswith("/"):
        raise InputError(variable, f"must be an absolute path on the host ({text!r}).")
    if ".." in text.split("/"):
        raise InputError(variable, f"must not contain '..' ({text!r}).")
    return text


def matching(variable: str, text: str, pattern: re.Pattern[str], what: str) -> str:
    """Return the text, or raise InputError that it is not `what`."""
    if not pattern.fullmatch(str(text)):
        raise InputError(variable, f"is not {what} ({text!r}).")
    return str(text)


def body_size(variable: str, text: str) -> str:
    parse_size(variable, text, NGINX)
    return str(text)


def expires(variable: str, text: str) -> str:
    return matching(
        variable, text, EXPIRES, "a time: a number with s, m, h, d, w, M or y, for example 30d; or max, off, epoch"
    )


def network(variable: str, text: str) -> str:
    """Return an address or network in its canonical form, or raise InputError."""
    return str(_network(variable, text))


def _network(variable: str, text: str) -> Network:
    try:
        return ipaddress.ip_network(str(text), strict=True)
    except ValueError as exc:
        raise InputError(variable, f"is not an address or network ({text!r}).", "For example: 10.0.0.0/8") from exc


def proxy_network(variable: str, text: str) -> str:
    """Return the network of load balancers, or raise InputError if strangers must be in it as well."""
    found = _network(variable, text)
    private = any(found.version == one.version and found.subnet_of(one) for one in PRIVATE)  # type: ignore[arg-type]
    shortest = SHORTEST_PUBLIC[found.version]
    if not private and found.prefixlen < shortest:
        raise InputError(
            variable,
            f"is {found}, and whoever connects from there could choose its address, the scheme and the request ID.",
            f"Name the addresses of your load balancers; of public networks /{shortest} is the widest allowed.",
        )
    return str(found)


@dataclass(frozen=True, order=True)
class Address:
    """Where nginx listens: without a host, on all addresses of the machine."""

    host: str
    port: int

    def sockets(self, ipv6: bool) -> tuple[str, ...]:
        """Return the sockets as nginx writes them; the same address is always written the same way."""
        if self.host:
            return (f"{self.host}:{self.port}",)
        return (str(self.port), f"[::]:{self.port}") if ipv6 else (str(self.port),)


def listen_address(variable: str, text: str) -> Address:
    """Return the address of a port or `address:port`, or raise InputError."""
    host, colon, port = str(text).rpartition(":")
    if not re.fullmatch(r"[0-9]{1,5}", port, re.ASCII) or not 0 < int(port) < 65536 or (colon and not host):
        raise InputError(
            variable, f"is not a port or address:port ({text!r}).", "For example: 80, 127.0.0.1:8080, [::1]:8080"
        )
    if not host:
        return Address("", int(port))
    bracketed = host.startswith("[") and host.endswith("]")
    try:
        ip = ipaddress.ip_address(host[1:-1] if bracketed else host)
    except ValueError as exc:
        raise InputError(variable, f"is not a port or address:port ({text!r}).") from exc
    if bracketed != (ip.version == 6):
        raise InputError(variable, f"must have square brackets around IPv6 addresses, and only there ({text!r}).")
    if ip.version == 6:
        return Address(f"[{ip.compressed}]", int(port))
    # For nginx, `listen 80` and `listen 0.0.0.0:80` are the same socket.
    return Address("" if ip.is_unspecified else str(ip), int(port))
