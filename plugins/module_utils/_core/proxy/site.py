# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One app's site as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy import words as text
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.limits import DEFAULTS, Limits


@dataclass(frozen=True)
class Upstream:
    """One instance of the app. Each nginx worker keeps up to `keepalive` idle connections; times are in seconds."""

    name: str
    address: str
    connect_timeout: int = 5
    read_timeout: int = 35
    keepalive: int = 0
    keepalive_timeout: int = 0


@dataclass(frozen=True)
class Route:
    prefix: str
    upstream: str
    streaming: bool = False


@dataclass(frozen=True)
class Static:
    """A directory of files. Both URL and path end with a slash, or nginx would also serve its siblings.

    `beside` is the same directory in the other release: around a deploy, browsers have pages of both open.
    `released` files belong to root; others are written by the app. `trusted` is the part of the path that neither the
    app nor its repository can change.
    """

    url: str
    path: str
    beside: str = ""
    released: bool = False
    trusted: str = ""
    trusted_beside: str = ""


@dataclass(frozen=True)
class Tls:
    certificate: str
    key: str
    listen: tuple[str, ...] = ("443",)
    redirect: bool = True
    hsts: int = 0


@dataclass(frozen=True)
class Site:
    name: str
    upstreams: tuple[Upstream, ...]
    routes: tuple[Route, ...]
    server_names: tuple[str, ...] = ()
    listen: tuple[str, ...] = ("80",)
    tls: Optional[Tls] = None
    static: tuple[Static, ...] = ()
    streaming_timeout: int = 3600
    client_max_body_size: str = "1m"
    buffering: bool = True
    static_expires: str = "1h"
    headers: tuple[tuple[str, str], ...] = ()
    access_log: bool = True
    log_query: bool = False
    client_headers: tuple[str, ...] = ()
    static_all_files: bool = False
    static_links: bool = False
    # None: as on the host.
    client_body_timeout: Optional[int] = None
    send_timeout: Optional[int] = None
    limit_conn: Optional[int] = None

    @property
    def plain_addresses(self) -> tuple[text.Address, ...]:
        return tuple(text.listen_address(f"{self.name}.listen", item) for item in self.listen)

    @property
    def tls_addresses(self) -> tuple[text.Address, ...]:
        return (
            tuple(text.listen_address(f"{self.name}.tls.listen", item) for item in self.tls.listen) if self.tls else ()
        )


@dataclass(frozen=True)
class Surroundings:
    """What the text of a site depends on besides the site itself: the host and the role's options."""

    ipv6: bool = True
    http2_directive: bool = True
    log_directory: str = "/var/log/nginx"
    trusted_proxies: tuple[str, ...] = ()
    trusted_headers: tuple[str, ...] = ()
    public_ports: tuple[int, ...] = ()
    limits: Limits = DEFAULTS


def site_to_data(site: Site) -> dict[str, Any]:
    return asdict(site)


def site_from_data(data: Mapping[str, Any]) -> Site:
    values = dict(data)
    values["upstreams"] = tuple(Upstream(**item) for item in values["upstreams"])
    values["routes"] = tuple(Route(**item) for item in values["routes"])
    values["static"] = tuple(Static(**item) for item in values["static"])
    values["headers"] = tuple((name, value) for name, value in values["headers"])
    for name in ("server_names", "listen", "client_headers"):
        values[name] = tuple(values[name])
    if values["tls"] is not None:
        values["tls"] = Tls(**{**values["tls"], "listen": tuple(values["tls"]["listen"])})
    return Site(**values)


def covers(prefix: str, path: str) -> bool:
    """Return whether a route covers the path: `/api` covers /api and everything below it, but not /apiary."""
    return path == prefix or path.startswith(prefix if prefix.endswith("/") else prefix + "/")


def locations(prefix: str) -> tuple[str, ...]:
    """Return the nginx locations that match exactly what the prefix covers."""
    return (prefix,) if prefix.endswith("/") else (f"= {prefix}", f"{prefix}/")


def upstream_name(app: str, instance: str) -> str:
    # Neither name contains a dot, so two pairs never have the same upstream name.
    return f"gunicorn.{app}.{instance}"
