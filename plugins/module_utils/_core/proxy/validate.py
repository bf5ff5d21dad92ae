# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validate sites, each on its own and all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy import words as text
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.headers import known_header
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.limits import connections, seconds
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.listeners import groups, sockets_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.site import Site, Tls, locations


def validate_site(variable: str, site: Site) -> None:
    """Raise InputError unless everything in the site is safe in an nginx configuration."""
    text.matching(variable, site.name, text.NAME, "a valid app name: letters, digits, '_' and '-'")
    for position, name in enumerate(site.server_names):
        text.server_name(f"{variable}.server_name[{position}]", name)
    if len(set(site.server_names)) != len(site.server_names):
        raise InputError(f"{variable}.server_name", "contains a host name twice.")
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
    for position, name in enumerate(site.client_headers):
        known_header(f"{variable}.proxy.client_headers[{position}]", name)
    for name in ("client_body_timeout", "send_timeout"):
        if getattr(site, name) is not None:
            seconds(f"{variable}.proxy.{name}", getattr(site, name))
    if site.limit_conn is not None:
        connections(f"{variable}.proxy.limit_conn", site.limit_conn)
    for upstream in site.upstreams:
        text.matching(f"{variable}.instances", upstream.address, text.UPSTREAM, "a unix: socket or address:port")
        if upstream.keepalive < 0:
            raise InputError(f"{variable}.proxy.keepalive", f"must not be negative ({upstream.keepalive}).")
    _validate_locations(variable, site)


def _validate_listen(variable: str, given: Iterable[str], addresses: tuple[text.Address, ...]) -> None:
    if not addresses:
        raise InputError(variable, "must contain at least one port or address:port.")
    for position, item in enumerate(given):
        text.listen_address(f"{variable}[{position}]", item)
    if len(set(addresses)) != len(addresses):
        raise InputError(variable, "contains an address twice.")


def _validate_tls(variable: str, site: Site, tls: Tls) -> None:
    text.absolute_path(f"{variable}.certificate", tls.certificate)
    text.absolute_path(f"{variable}.key", tls.key)
    _validate_listen(f"{variable}.listen", tls.listen, site.tls_addresses)
    if tls.redirect and not site.server_names:
        raise InputError(
            f"{variable}.redirect",
            "needs server_name: without one, nginx would redirect to any host that a client names.",
            "Set the app's host names, or tls.redirect: false.",
        )
    both = set(site.plain_addresses) & set(site.tls_addresses)
    if both:
        raise InputError(
            f"{variable}.listen", f"contains port {min(both).port}, which proxy.listen uses for plain HTTP."
        )
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
            raise InputError(where, f"maps {static.url!r} to {static.path!r}. Both must end with '/'.")
    validate_places(variable, [site])


def validate_places(variable: str, sites: Iterable[Site]) -> None:
    """Raise InputError if two routes or static files need the same location in the server that the sites share."""
    taken: dict[str, str] = {}
    for site in sites:
        for route in site.routes:
            for location in locations(route.prefix):
                _take(variable, taken, location, f"the route {route.prefix} of {site.name}")
        for static in site.static:
            _take(variable, taken, static.url, f"the static files {static.url} of {site.name}")


def _take(variable: str, taken: dict[str, str], location: str, what: str) -> None:
    if location in taken:
        raise InputError(variable, f"has both {taken[location]} and {what}, which are the same location in nginx.")
    taken[location] = what


def validate_sites(variable: str, sites: Sequence[Site], default_site: str) -> None:
    """Raise InputError if sites conflict with each other: nginx would ignore the second one with a mere warning."""
    found = groups(sites)
    for group in found:
        for guest in group.guests:
            _validate_guest(variable, group.owner, guest)
        validate_places(f"{variable}.{group.owner.name}", [group.owner, *group.guests])
    protocols: dict[str, tuple[str, bool]] = {}
    names: dict[tuple[str, str], str] = {}
    for owner in (group.owner for group in found):
        where = f"{variable}.{owner.name}"
        if not owner.server_names and default_site == "keep":
            raise InputError(
                f"{where}.server_name",
                "is missing. That makes this app the default site, but gunicorn_proxy_default_site is keep.",
                "Set the app's host names, or set gunicorn_proxy_default_site: reject.",
            )
        for address, tls in sockets_of(owner, ipv6=True):
            other, other_tls = protocols.setdefault(address, (owner.name, tls))
            if other_tls != tls:
                raise InputError(
                    f"{where}.proxy",
                    f"uses {_protocol(tls)} on {address}, where {other} uses {_protocol(other_tls)}.",
                )
            for name in owner.server_names:
                other = names.setdefault((address, name), owner.name)
                if other != owner.name:
                    raise InputError(
                        f"{where}.server_name",
                        f"contains {name!r}, which {other} also serves on {address}.",
                        "Apps that share a name must share all of their names, and each needs its own routes.",
                    )


def _validate_guest(variable: str, owner: Site, guest: Site) -> None:
    names = ", ".join(owner.server_names) or "any name"
    for option, same in (
        ("listen", set(owner.plain_addresses) == set(guest.plain_addresses)),
        ("tls", owner.tls == guest.tls),
    ):
        if not same:
            raise InputError(
                f"{variable}.{guest.name}.proxy.{option}",
                f"differs from that of {owner.name}, which has the same names ({names}).",
                "Apps with the same names share one nginx server: use the same value for both.",
            )


def _protocol(tls: bool) -> str:
    return "TLS" if tls else "plain HTTP"
