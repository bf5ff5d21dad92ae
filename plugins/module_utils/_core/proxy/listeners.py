# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which app's server configures each listening socket, and how long its queue is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import WARNING, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.site import Site, Surroundings


@dataclass(frozen=True)
class Group:
    """Apps with the same host names, in one nginx server that the first of them owns."""

    owner: Site
    guests: tuple[Site, ...]


@dataclass(frozen=True)
class Socket:
    """A listening socket, and the `listen` parameters that one server sets on it for all others."""

    address: str
    tls: bool
    parameters: str
    owner: str  # the app whose server sets them; '' for the server that rejects unknown names


def groups(sites: Iterable[Site]) -> list[Group]:
    """Group the sites with the same names; the one with the route `/` owns the server."""
    together: dict[frozenset[str], list[Site]] = {}
    for site in sites:
        together.setdefault(frozenset(site.server_names), []).append(site)
    result = []
    for members in together.values():
        ranked = sorted(members, key=lambda site: (not any(route.prefix == "/" for route in site.routes), site.name))
        result.append(Group(ranked[0], tuple(ranked[1:])))
    return result


def sockets_of(site: Site, ipv6: bool) -> list[tuple[str, bool]]:
    plain = [(address, False) for item in site.plain_addresses for address in item.sockets(ipv6)]
    return plain + [(address, True) for item in site.tls_addresses for address in item.sockets(ipv6)]


def listening(sites: Sequence[Site], around: Surroundings, default_site: str, backlog: int) -> list[Socket]:
    """Return each socket with its parameters and their owner, because nginx lets only one server set them."""
    has_tls: dict[str, bool] = {}
    owners: dict[str, Site] = {}
    for owner in (group.owner for group in groups(sites)):
        for address, tls in sockets_of(owner, around.ipv6):
            has_tls[address] = tls
            if address not in owners or not owner.server_names:
                owners[address] = owner
    result = []
    for address, owner in owners.items():
        parameters = _backlog(address, has_tls, backlog)
        if default_site == "reject":
            parameters = f" default_server{parameters}"
        rejecting = default_site == "reject" and bool(owner.server_names)
        result.append(Socket(address, has_tls[address], parameters, "" if rejecting else owner.name))
    return result


def capped_backlog(backlog: int, somaxconn: int) -> list[Finding]:
    """Return a finding if the kernel caps the queue; `somaxconn` is 0 if it is unknown."""
    if not 0 < somaxconn < backlog:
        return []
    seen = f"the kernel silently caps {backlog} at {somaxconn} (net.core.somaxconn)."
    fix = f"Declare gunicorn_host_load.backlog: {backlog} (role gunicorn_host), or a smaller backlog here."
    return [Finding("backlog-capped", WARNING, "gunicorn_proxy_backlog", seen=seen, fix=fix)]


def _backlog(address: str, all_addresses: Iterable[str], backlog: int) -> str:
    # nginx binds an address that has its own parameters separately, which the kernel refuses next to the wildcard.
    host, _colon, port = address.rpartition(":")
    wildcard = f"[::]:{port}" if host.startswith("[") else port
    return f" backlog={backlog}" if address == wildcard or wildcard not in all_addresses else ""
