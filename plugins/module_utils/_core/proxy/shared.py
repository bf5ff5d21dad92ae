# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All sites of a host: the file of each, and the file that they share."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.headers import render_request_variables
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.limits import render_zone, socket_settings
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.listeners import Socket, groups, listening
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.log_format import (
    render_log_formats,
    render_map,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.server import render_guest, render_site
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.site import Site, Surroundings
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.tls import tls_parameters, tls_settings
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import MANAGED

# nginx reads files in the order of their names, and a log format must be defined before the sites that use it.
SHARED = "00-gunicorn.conf"


def render_files(
    sites: Sequence[Site], around: Surroundings, default_site: str, backlog: int, directory: str
) -> dict[str, str]:
    """Return the content of every file of these sites by path; without sites there are no files."""
    if not sites:
        return {}
    sockets = listening(sites, around, default_site, backlog)
    files = {f"{directory}/{SHARED}": render_shared(around, [socket for socket in sockets if not socket.owner])}
    for group in groups(sites):
        listeners = {socket.address: socket.parameters for socket in sockets if socket.owner == group.owner.name}
        files[site_path(directory, group.owner.name)] = render_site(group.owner, around, listeners, group.guests)
        for guest in group.guests:
            files[site_path(directory, guest.name)] = render_guest(guest, group.owner)
    return dict(sorted(files.items()))


def site_path(directory: str, app: str) -> str:
    return f"{directory}/gunicorn-{app}.conf"


def render_shared(around: Surroundings, rejected: Sequence[Socket]) -> str:
    """Return the shared file: the variables and the log format of all sites, and the server for unknown names."""
    lines = [MANAGED, "# What the sites of all apps share.", ""]
    lines += [
        *render_map("$http_upgrade", "$gunicorn_upgrade", {'"~*^websocket$"': "websocket", "default": '""'}),
        *render_map("$gunicorn_upgrade", "$gunicorn_connection", {"websocket": "upgrade", "default": "close"}),
        *render_request_variables(around.trusted_proxies, around.trusted_headers, around.public_ports),
        *render_zone(),
        *render_log_formats(),
    ]
    if rejected:
        lines += _reject(rejected, around)
    return "\n".join(lines).rstrip("\n") + "\n"


def _reject(sockets: Sequence[Socket], around: Surroundings) -> list[str]:
    plain = [f"listen {socket.address}{socket.parameters};" for socket in sockets if not socket.tls]
    tls = [f"listen {socket.address}{tls_parameters(around)}{socket.parameters};" for socket in sockets if socket.tls]
    lines = ["# Requests for names that no site has."]
    if plain:
        lines += [*_rejecting([*plain, *_unnamed(around), "return 444;"]), ""]
    if tls:
        # A client that named a site in the handshake, and another host in a request of the same connection.
        misdirected = ["location / {", "    return 421;", "}"]
        lines += _rejecting([*tls, *_unnamed(around), "ssl_reject_handshake on;", *tls_settings(around), *misdirected])
    return lines


def _unnamed(around: Surroundings) -> list[str]:
    return ['server_name "";', "server_tokens off;", "access_log off;", *socket_settings(around.limits)]


def _rejecting(lines: Sequence[str]) -> list[str]:
    return ["server {", *(f"    {line}" for line in lines), "}"]
