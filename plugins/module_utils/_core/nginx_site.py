# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One app's site as a value, and the nginx configuration that serves it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core import nginx_text as text
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.unit_file import MANAGED

# Mozilla's intermediate profile (https://wiki.mozilla.org/Security/Server_Side_TLS) without its DHE suites,
# which need a parameter file and serve no client that lacks ECDHE. Curves stay OpenSSL's own choice: a list would shut
# out new ones.
TLS_CIPHERS = ":".join(
    (
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-RSA-CHACHA20-POLY1305",
    )
)


@dataclass(frozen=True)
class Upstream:
    """One instance of the app; `keepalive` idle connections are kept for each nginx worker."""

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
    """A directory of files; both URL and path end with a slash, or nginx would open what lies beside it.

    `beside` is the same directory in the other release that serves around a deploy: pages of both are in browsers.
    """

    url: str
    path: str
    beside: str = ""


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
    """What a site's text depends on besides the site: the host, and the options of the role."""

    ipv6: bool = True
    http2_directive: bool = True
    log_directory: str = "/var/log/nginx"
    trusted_proxies: tuple[str, ...] = ()


def site_to_data(site: Site) -> dict[str, Any]:
    return asdict(site)


def site_from_data(data: Mapping[str, Any]) -> Site:
    values = dict(data)
    values["upstreams"] = tuple(Upstream(**item) for item in values["upstreams"])
    values["routes"] = tuple(Route(**item) for item in values["routes"])
    values["static"] = tuple(Static(**item) for item in values["static"])
    values["headers"] = tuple((name, value) for name, value in values["headers"])
    for name in ("server_names", "listen"):
        values[name] = tuple(values[name])
    if values["tls"] is not None:
        values["tls"] = Tls(**{**values["tls"], "listen": tuple(values["tls"]["listen"])})
    return Site(**values)


def covers(prefix: str, path: str) -> bool:
    """Whether a route stands for the path: `/api` for /api and all below it, never for /apiary."""
    return path == prefix or path.startswith(prefix if prefix.endswith("/") else prefix + "/")


def locations(prefix: str) -> tuple[str, ...]:
    """Return the nginx locations that match what the prefix covers, and nothing else."""
    return (prefix,) if prefix.endswith("/") else (f"= {prefix}", f"{prefix}/")


def upstream_name(app: str, instance: str) -> str:
    # Names have no dot, so no two pairs make the same name.
    return f"gunicorn.{app}.{instance}"


def validate_site(variable: str, site: Site) -> None:
    """Raise InputError unless every word of the site may go into an nginx configuration."""
    text.matching(variable, site.name, text.NAME, "a name for an app: letters, digits, '_' and '-'")
    for position, name in enumerate(site.server_names):
        text.server_name(f"{variable}.server_name[{position}]", name)
    if len(set(site.server_names)) != len(site.server_names):
        raise InputError(f"{variable}.server_name", "names one host twice.")
    _validate_listen(f"{variable}.proxy.listen", site.listen, site.plain_addresses)
    if site.tls is not None:
        _validate_tls(f"{variable}.proxy.tls", site, site.tls)
    for name, value in site.headers:
        where = f"{variable}.proxy.headers.{name}"
        text.matching(where, name, text.HEADER_NAME, "a header name")
        text.quote(where, value)
    text.body_size(f"{variable}.proxy.client_max_body_size", site.client_max_body_size)
    text.expires(f"{variable}.proxy.static_expires", site.static_expires)
    if site.streaming_timeout < 1:
        raise InputError(
            f"{variable}.proxy.streaming_timeout", f"must be at least 1 second ({site.streaming_timeout})."
        )
    for upstream in site.upstreams:
        text.matching(f"{variable}.instances", upstream.address, text.UPSTREAM, "a unix: socket or address:port")
        if upstream.keepalive < 0:
            raise InputError(f"{variable}.proxy.keepalive", f"must not be negative ({upstream.keepalive}).")
    _validate_locations(variable, site)


def _validate_listen(variable: str, given: Iterable[str], addresses: tuple[text.Address, ...]) -> None:
    if not addresses:
        raise InputError(variable, "must name at least one port or address:port.")
    for position, item in enumerate(given):
        text.listen_address(f"{variable}[{position}]", item)
    if len(set(addresses)) != len(addresses):
        raise InputError(variable, "names one address twice.")


def _validate_tls(variable: str, site: Site, tls: Tls) -> None:
    text.absolute_path(f"{variable}.certificate", tls.certificate)
    text.absolute_path(f"{variable}.key", tls.key)
    _validate_listen(f"{variable}.listen", tls.listen, site.tls_addresses)
    both = set(site.plain_addresses) & set(site.tls_addresses)
    if both:
        raise InputError(f"{variable}.listen", f"has port {min(both).port}, which proxy.listen has for plain HTTP.")
    if tls.hsts < 0:
        raise InputError(f"{variable}.hsts", f"must not be negative ({tls.hsts}).")


def _validate_locations(variable: str, site: Site) -> None:
    for route in site.routes:
        text.url_prefix(f"{variable}.routes", route.prefix)
    for static in site.static:
        where = f"{variable}.static.{static.url}"
        text.url_prefix(where, static.url)
        text.absolute_path(where, static.path)
        if not (static.url.endswith("/") and static.path.endswith("/")):
            raise InputError(where, f"maps {static.url!r} to {static.path!r}, which do not both end with '/'.")
    validate_places(variable, [site])


def validate_places(variable: str, sites: Iterable[Site]) -> None:
    """Raise InputError where two things want one location of the server that the sites share."""
    taken: dict[str, str] = {}
    for site in sites:
        for route in site.routes:
            for location in locations(route.prefix):
                _take(variable, taken, location, f"the route {route.prefix} of {site.name}")
        for static in site.static:
            _take(variable, taken, static.url, f"the static files {static.url} of {site.name}")


def _take(variable: str, taken: dict[str, str], location: str, what: str) -> None:
    if location in taken:
        raise InputError(variable, f"has both {taken[location]} and {what}, which are one place in nginx.")
    taken[location] = what


def render_site(site: Site, around: Surroundings, listeners: Mapping[str, str], guests: Sequence[Site] = ()) -> str:
    """Return the file of a site together with the routes of its guests: the other apps of the same host names.

    `listeners` has the words that follow a socket where this site speaks for all sites on it.
    """
    lines = _head(site)
    plain = [_listen(socket, listeners) for address in site.plain_addresses for socket in address.sockets(around.ipv6)]
    encrypted = [
        _listen(socket, listeners, tls_words(around))
        for address in site.tls_addresses
        for socket in address.sockets(around.ipv6)
    ]
    if site.tls is not None and site.tls.redirect:
        lines += [*_server(site, plain, _redirect(site, site.tls_addresses[0].port, around)), ""]
        plain = []
    lines += _server(site, plain + encrypted, _body(site, around, guests))
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


def tls_words(around: Surroundings) -> str:
    """What makes a listening socket speak TLS; HTTP/2 got a directive of its own in nginx 1.25.1."""
    return " ssl" if around.http2_directive else " ssl http2"


def tls_settings(around: Surroundings) -> list[str]:
    """The settings of every server on a TLS socket; the default server's decide before the client has named a host."""
    return (["http2 on;"] if around.http2_directive else []) + [
        "ssl_protocols TLSv1.2 TLSv1.3;",
        f"ssl_ciphers {TLS_CIPHERS};",
        "ssl_prefer_server_ciphers off;",
        "ssl_session_timeout 1d;",
        "ssl_session_cache shared:gunicorn:10m;",
        "ssl_session_tickets off;",
    ]


def _upstream(upstream: Upstream) -> list[str]:
    lines = [f"upstream {upstream.name} {{", f"    server {upstream.address};"]
    if upstream.keepalive:
        # nginx must let go of an idle connection before Gunicorn does, or it reuses one that is being closed.
        lines += [f"    keepalive {upstream.keepalive};", f"    keepalive_timeout {upstream.keepalive_timeout}s;"]
    return [*lines, "}", ""]


def _listen(socket: str, listeners: Mapping[str, str], words: str = "") -> str:
    return f"listen {socket}{words}{listeners.get(socket, '')};"


def _server(site: Site, listen: list[str], body: list[str]) -> list[str]:
    names = f"server_name {' '.join(site.server_names)};" if site.server_names else 'server_name "";'
    return ["server {", *_indent([*listen, names, "server_tokens off;", *body]), "}"]


def _indent(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]


def _access_log(site: Site, around: Surroundings) -> str:
    if not site.access_log:
        return "access_log off;"
    return f"access_log {around.log_directory}/gunicorn-{site.name}.access.log gunicorn_json;"


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
    lines += [
        "",
        *_app_settings(site, around),
        "",
        "proxy_http_version 1.1;",
        "proxy_redirect off;",
        # A request that timed out may have done its work: never send it twice.
        "proxy_next_upstream error;",
    ]
    for member in (site, *guests):
        own = [] if member is site else _app_settings(member, around)
        for number, static in enumerate(member.static):
            lines += ["", *_static(member, static, own, f"@gunicorn_{member.name}_static_{number}")]
        for route in member.routes:
            for location in locations(route.prefix):
                lines += ["", *_route(member, route, location, own)]
    places = {route.prefix for member in (site, *guests) for route in member.routes}
    if "/" not in places | {static.url for member in (site, *guests) for static in member.static}:
        lines += ["", "location / {", "    return 404;", "}"]
    return lines


def _app_settings(site: Site, around: Surroundings) -> list[str]:
    """What each app decides for itself: of the server where it owns one, of each location where it is a guest."""
    return [
        _access_log(site, around),
        f"client_max_body_size {site.client_max_body_size};",
        f"proxy_buffering {'on' if site.buffering else 'off'};",
        *_added_headers(site),
    ]


def _added_headers(site: Site) -> list[str]:
    headers = list(site.headers)
    if site.tls is not None and site.tls.hsts:
        headers.append(("Strict-Transport-Security", f"max-age={site.tls.hsts}"))
    return [
        f"add_header {text.quote('headers', name)} {text.quote('headers', value)} always;" for name, value in headers
    ]


def _static(site: Site, static: Static, own: Sequence[str], fallback: str) -> list[str]:
    # .git, .env and their kind are never meant for the public.
    hidden = ["location ~ /\\. {", "    return 404;", "}"]
    files = [*own, "sendfile on;", "tcp_nopush on;", f"expires {site.static_expires};"]
    first = [f"alias {text.quote('static', static.path)};", *files]
    if not static.beside:
        return [f"location {static.url} {{", *_indent([*first, *hidden]), "}"]
    # A named location knows neither an alias nor locations inside it.
    prefix = static.url.replace(".", "\\.").replace("+", "\\+")
    root = text.quote("static", static.beside.rstrip("/"))
    second = ["if ($uri ~ /\\.) {", "    return 404;", "}", f"rewrite ^{prefix}(.*)$ /$1 break;", f"root {root};"]
    return [
        f"location {static.url} {{",
        *_indent([*first, "log_not_found off;", f"error_page 404 = {fallback};", *hidden]),
        "}",
        "",
        f"location {fallback} {{",
        *_indent([*second, *files]),
        "}",
    ]


def _route(site: Site, route: Route, location: str, own: Sequence[str]) -> list[str]:
    upstream = next(upstream for upstream in site.upstreams if upstream.name == route.upstream)
    patience = site.streaming_timeout if route.streaming else upstream.read_timeout
    # The later of two equal directives would be an error, so an unbuffered guest says so once.
    lines = [line for line in own if not (route.streaming and line.startswith("proxy_buffering "))]
    lines += [
        f"proxy_pass http://{upstream.name};",
        *(["proxy_buffering off;"] if route.streaming else []),
        f"proxy_connect_timeout {upstream.connect_timeout}s;",
        f"proxy_send_timeout {patience}s;",
        f"proxy_read_timeout {patience}s;",
        *(f"proxy_set_header {header};" for header in [*_request_headers(), *_connection(route, upstream)]),
    ]
    return [f"location {location} {{", *_indent(lines), "}"]


def _connection(route: Route, upstream: Upstream) -> list[str]:
    if route.streaming:
        return ["Upgrade $gunicorn_upgrade", "Connection $gunicorn_connection"]
    return ['Connection ""'] if upstream.keepalive else []


def _request_headers() -> list[str]:
    """The headers that tell the app who asks and how: all of them set here, so that none is a client's invention."""
    return [
        # Not $http_host: it can contradict the name by which nginx has chosen this site.
        "Host $host$gunicorn_port",
        "X-Forwarded-Host $host$gunicorn_port",
        "X-Forwarded-For $remote_addr",
        "X-Real-IP $remote_addr",
        "X-Forwarded-Proto $gunicorn_scheme",
        "X-Request-ID $gunicorn_request_id",
        # Gunicorn believes these two as well as X-Forwarded-Proto; the others mislead frameworks and CGI libraries.
        'X-Forwarded-Protocol ""',
        'X-Forwarded-Ssl ""',
        'X-Forwarded-Prefix ""',
        'Forwarded ""',
        'Proxy ""',
    ]
