# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nginx configuration of one app's site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy import words as text
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.headers import request_headers
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.limits import app_settings, socket_settings
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.log_format import FORMAT, FORMAT_WITH_QUERY
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.site import (
    Route,
    Site,
    Surroundings,
    Upstream,
    locations,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.static import render_static
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.tls import tls_parameters, tls_settings
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import MANAGED


def render_site(site: Site, around: Surroundings, listeners: Mapping[str, str], guests: Sequence[Site] = ()) -> str:
    """Return the file of a site with the routes of its guests: the other apps with the same host names.

    `listeners` has the `listen` parameters of the sockets that this site configures for all others.
    """
    lines = _head(site)
    plain = [_listen(socket, listeners) for address in site.plain_addresses for socket in address.sockets(around.ipv6)]
    encrypted = [
        _listen(socket, listeners, tls_parameters(around))
        for address in site.tls_addresses
        for socket in address.sockets(around.ipv6)
    ]
    if site.tls is not None and site.tls.redirect:
        lines += [*_server(site, around, plain, _redirect(site, site.tls_addresses[0].port, around)), ""]
        plain = []
    lines += _server(site, around, plain + encrypted, _body(site, around, guests))
    return "\n".join(lines) + "\n"


def render_guest(site: Site, host: Site) -> str:
    """Return the file of an app whose routes are in the site of another app."""
    return (
        "\n".join([*_head(site), f"# Its routes are in the site of the app {host.name}: both answer the same names."])
        + "\n"
    )


def _head(site: Site) -> list[str]:
    lines = [MANAGED, f"# Site of the app {site.name}.", ""]
    for upstream in site.upstreams:
        lines += _upstream(upstream)
    return lines


def _upstream(upstream: Upstream) -> list[str]:
    lines = [f"upstream {upstream.name} {{", f"    server {upstream.address};"]
    if upstream.keepalive:
        # nginx must close an idle connection before Gunicorn does, or it reuses one that is being closed.
        lines += [f"    keepalive {upstream.keepalive};", f"    keepalive_timeout {upstream.keepalive_timeout}s;"]
    return [*lines, "}", ""]


def _listen(socket: str, listeners: Mapping[str, str], tls: str = "") -> str:
    return f"listen {socket}{tls}{listeners.get(socket, '')};"


def _server(site: Site, around: Surroundings, listen: list[str], body: list[str]) -> list[str]:
    names = f"server_name {' '.join(site.server_names)};" if site.server_names else 'server_name "";'
    return ["server {", *_indent([*listen, names, "server_tokens off;", *socket_settings(around.limits), *body]), "}"]


def _indent(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]


def _access_log(site: Site, around: Surroundings) -> str:
    if not site.access_log:
        return "access_log off;"
    return f"access_log {log_path(site, around)} {FORMAT_WITH_QUERY if site.log_query else FORMAT};"


def log_path(site: Site, around: Surroundings) -> str:
    return f"{around.log_directory}/gunicorn-{site.name}.access.log"


def _redirect(site: Site, port: int, around: Surroundings) -> list[str]:
    target = "$host" if port == 443 else f"$host:{port}"
    return [
        _access_log(site, around),
        *_real_ip(around),
        "",
        "location / {",
        # 308 keeps the method: a POST stays a POST.
        f"    return 308 https://{target}$request_uri;",
        "}",
    ]


def _real_ip(around: Surroundings) -> list[str]:
    if not around.trusted_proxies:
        return []
    return [
        *(f"set_real_ip_from {item};" for item in around.trusted_proxies),
        "real_ip_header X-Forwarded-For;",
        "real_ip_recursive on;",
    ]


def _body(site: Site, around: Surroundings, guests: Sequence[Site]) -> list[str]:
    lines = _real_ip(around)
    if site.tls is not None:
        lines += [
            "",
            f"ssl_certificate {text.quote('tls.certificate', site.tls.certificate)};",
            f"ssl_certificate_key {text.quote('tls.key', site.tls.key)};",
            *tls_settings(around),
        ]
    headers = _request_headers(site, around)
    lines += [
        "",
        "limit_conn_status 429;",
        *_app_settings(site, around),
        "",
        "proxy_http_version 1.1;",
        "proxy_redirect off;",
        "proxy_hide_header X-Powered-By;",
        # In a server that apps share, one could have nginx answer with what another one keeps behind its login.
        *(["proxy_ignore_headers X-Accel-Redirect;"] if guests else []),
        # A request that timed out may have taken effect: never send it twice.
        "proxy_next_upstream error;",
        "",
        # nginx's tables for its own headers and these; the defaults are too small.
        "proxy_headers_hash_max_size 1024;",
        "proxy_headers_hash_bucket_size 128;",
        *headers,
    ]
    for member in (site, *guests):
        own = [] if member is site else _app_settings(member, around)
        for number, static in enumerate(member.static):
            lines += ["", *render_static(member, static, own, f"@gunicorn_{member.name}_static_{number}")]
        for route in member.routes:
            for location in locations(route.prefix):
                lines += ["", *_route(member, route, location, own, headers, around)]
    places = {route.prefix for member in (site, *guests) for route in member.routes}
    if "/" not in places | {static.url for member in (site, *guests) for static in member.static}:
        lines += ["", "location / {", "    return 404;", "}"]
    return lines


def _app_settings(site: Site, around: Surroundings) -> list[str]:
    """Return the settings that each app has for itself: in its own server, or as a guest in each of its locations."""
    return [
        _access_log(site, around),
        f"client_max_body_size {site.client_max_body_size};",
        *app_settings(
            _either(site.client_body_timeout, around.limits.client_body_timeout),
            _either(site.send_timeout, around.limits.send_timeout),
            _either(site.limit_conn, around.limits.limit_conn),
        ),
        f"proxy_buffering {'on' if site.buffering else 'off'};",
        *_added_headers(site),
    ]


def _either(own: Optional[int], host: int) -> int:
    return host if own is None else own


def _added_headers(site: Site) -> list[str]:
    headers = list(site.headers)
    if site.tls is not None and site.tls.hsts:
        headers.append(("Strict-Transport-Security", f"max-age={site.tls.hsts}"))
    return [
        f"add_header {text.quote('headers', name)} {text.quote('headers', value)} always;" for name, value in headers
    ]


def _route(
    site: Site, route: Route, location: str, own: Sequence[str], inherited: Sequence[str], around: Surroundings
) -> list[str]:
    upstream = next(upstream for upstream in site.upstreams if upstream.name == route.upstream)
    patience = site.streaming_timeout if route.streaming else upstream.read_timeout
    # nginx rejects a duplicate directive, so proxy_buffering is set only once.
    lines = [line for line in own if not (route.streaming and line.startswith("proxy_buffering "))]
    lines += [
        f"proxy_pass http://{upstream.name};",
        *(["proxy_buffering off;"] if route.streaming else []),
        f"proxy_connect_timeout {upstream.connect_timeout}s;",
        f"proxy_send_timeout {patience}s;",
        f"proxy_read_timeout {patience}s;",
    ]
    # A location with a header of its own inherits none from the server.
    headers = [*_request_headers(site, around), *_connection(route, upstream)]
    lines += headers if headers != inherited else []
    return [f"location {location} {{", *_indent(lines), "}"]


def _connection(route: Route, upstream: Upstream) -> list[str]:
    if route.streaming:
        return [
            "proxy_set_header Upgrade $gunicorn_upgrade;",
            "proxy_set_header Connection $gunicorn_connection;",
        ]
    return ['proxy_set_header Connection "";'] if upstream.keepalive else []


def _request_headers(site: Site, around: Surroundings) -> list[str]:
    """Return the headers that describe the client and its request. All are set here, so that none can be forged."""
    return [f"proxy_set_header {line};" for line in request_headers(site.client_headers, around.trusted_headers)]
