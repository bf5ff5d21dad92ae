# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user wrote, on its way into an nginx configuration: every word is either proven harmless or refused.

nginx expands `$` even inside quotes and has no escape for it, so a value with one is refused wherever it is free text.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.described import described
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import NGINX, parse_size

LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
SERVER_NAME = re.compile(rf"(?:\*\.)?{LABEL}(?:\.{LABEL})*", re.ASCII)
PREFIX = re.compile(r"/[A-Za-z0-9/._~@:+=,-]*", re.ASCII)
EXPIRES = re.compile(r"max|off|epoch|[0-9]{1,9}(?:s|m|h|d|w|M|y)?", re.ASCII)
HEADER_NAME = re.compile(r"[A-Za-z0-9!#%&'*+.^_`|~-]+", re.ASCII)
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}", re.ASCII)
UPSTREAM = re.compile(r"unix:/[A-Za-z0-9/._@+-]+|(?:[0-9.]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}", re.ASCII)


def quote(variable: str, text: str) -> str:
    """Return the text as one quoted nginx word."""
    if not isinstance(text, str):
        raise InputError(variable, f"must be text, not {described(text)}.")
    if "$" in text:
        raise InputError(variable, f"has a '$' ({text!r}), which nginx would read as one of its variables.")
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise InputError(variable, f"has a line break or another control character ({text!r}).")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def server_name(variable: str, text: str) -> str:
    """Return a host name in lower case; `*.` may lead."""
    name = str(text).lower()
    if name == "_":
        raise InputError(
            variable, "is '_', a name that no client asks for.", "Leave it out for a site that answers any name."
        )
    if len(name) > 253 or not SERVER_NAME.fullmatch(name):
        raise InputError(
            variable,
            f"is not a host name ({text!r}).",
            "Allowed: letters, digits, '-' and '.', with '*.' in front; other alphabets as punycode (xn--…).",
        )
    return name


def url_prefix(variable: str, text: str) -> str:
    """Return the beginning of a URL path, as nginx sees it: decoded and without `.` segments or doubled slashes.

    The one rule for routes, streaming routes and URLs of static files, whether or not nginx serves the app today.
    """
    if not isinstance(text, str) or not text.startswith("/"):
        raise InputError(variable, f"does not begin with '/' ({text!r}).", "Example: '/events/'.")
    if not PREFIX.fullmatch(text):
        raise InputError(
            variable, f"has a character that no route may have ({text!r}).", "Allowed: A-Z a-z 0-9 / . _ ~ @ : + = , -"
        )
    if "//" in text or any(part in (".", "..") for part in text.split("/")):
        raise InputError(variable, f"can never match ({text!r}): nginx resolves '//', '.' and '..' first.")
    return text


def absolute_path(variable: str, text: str) -> str:
    """Return a path of the host, not yet quoted."""
    quote(variable, text)
    if not text.startswith("/"):
        raise InputError(variable, f"must be an absolute path on the host ({text!r}).")
    if ".." in text.split("/"):
        raise InputError(variable, f"must not climb with '..' ({text!r}).")
    return text


def matching(variable: str, text: str, pattern: re.Pattern[str], what: str) -> str:
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
    """Return an address or network in its canonical form."""
    try:
        return str(ipaddress.ip_network(str(text), strict=True))
    except ValueError as exc:
        raise InputError(variable, f"is not an address or network ({text!r}).", "For example: 10.0.0.0/8") from exc


@dataclass(frozen=True, order=True)
class Address:
    """Where nginx listens; without a host, on every address of this machine."""

    host: str
    port: int

    def sockets(self, ipv6: bool) -> tuple[str, ...]:
        """Return the sockets in nginx's own words; one address is always written in one way."""
        if self.host:
            return (f"{self.host}:{self.port}",)
        return (str(self.port), f"[::]:{self.port}") if ipv6 else (str(self.port),)


def listen_address(variable: str, text: str) -> Address:
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
        raise InputError(variable, f"needs square brackets around IPv6 addresses, and only there ({text!r}).")
    if ip.version == 6:
        return Address(f"[{ip.compressed}]", int(port))
    # `listen 80` and `listen 0.0.0.0:80` are one socket to nginx.
    return Address("" if ip.is_unspecified else str(ip), int(port))
