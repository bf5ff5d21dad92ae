# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All sites of a host: the file of each, and the file that they share."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy import words as text
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.listeners import Socket, groups, listening
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.log_format import (
    render_log_format,
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
        "# The port as the client wrote it, for URLs that the app makes of the Host header.",
        *render_map("$http_host", "$gunicorn_port", {'"~(:[0-9]+)$"': "$1", "default": '""'}),
        *render_map("$http_upgrade", "$gunicorn_upgrade", {'"~*^websocket$"': "websocket", "default": '""'}),
        *render_map("$gunicorn_upgrade", "$gunicorn_connection", {"websocket": "upgrade", "default": "close"}),
        *_trusted(around),
        *render_log_format(),
    ]
    if rejected:
        lines += _reject(rejected, around)
    return "\n".join(lines).rstrip("\n") + "\n"


def _trusted(around: Surroundings) -> list[str]:
    if not around.trusted_proxies:
        return [
            "# What no client can invent; with trusted proxies, theirs would be taken.",
            *render_map("$scheme", "$gunicorn_scheme", {"default": "$scheme"}),
            *render_map("$request_id", "$gunicorn_request_id", {"default": "$request_id"}),
        ]
    table = {"default": "0", **{text.network("trusted_proxies", item): "1" for item in around.trusted_proxies}}
    lines = [
        "geo $realip_remote_addr $gunicorn_trusted {",
        *(f"    {key} {value};" for key, value in table.items()),
        "}",
        "",
    ]
    scheme = {"1:https": "https", "1:http": "http", "default": "$scheme"}
    given = {'"~^1:(?<gunicorn_given_id>[A-Za-z0-9._-]{8,128})$"': "$gunicorn_given_id", "default": "$request_id"}
    return [
        *lines,
        *render_map('"$gunicorn_trusted:$http_x_forwarded_proto"', "$gunicorn_scheme", scheme),
        *render_map('"$gunicorn_trusted:$http_x_request_id"', "$gunicorn_request_id", given),
    ]


def _reject(sockets: Sequence[Socket], around: Surroundings) -> list[str]:
    lines = ["# Whoever asks for a name that is no site's gets no answer.", "server {"]
    for socket in sockets:
        lines.append(f"    listen {socket.address}{tls_parameters(around) if socket.tls else ''}{socket.parameters};")
    lines += ['    server_name "";', "    server_tokens off;", "    access_log off;"]
    if any(socket.tls for socket in sockets):
        lines += ["    ssl_reject_handshake on;", *(f"    {line}" for line in tls_settings(around))]
    return [*lines, "    return 444;", "}"]
