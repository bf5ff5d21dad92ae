# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All sites of a host together: who owns which listening socket, and the file with what they share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core import nginx_text as text
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.finding import WARNING, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.nginx_site import (
    Site,
    Surroundings,
    render_guest,
    render_site,
    tls_settings,
    tls_words,
    validate_places,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.unit_file import MANAGED

# Read before the sites: nginx takes files in the order of their names, and a log format must come before its use.
SHARED = "00-gunicorn.conf"

# Bytes that are no UTF-8 pass nginx's `escape=json` unchanged and would make the line no JSON at all.
UTF8 = (
    r"^(?:[\x00-\x7F]|[\xC2-\xDF][\x80-\xBF]|\xE0[\xA0-\xBF][\x80-\xBF]|[\xE1-\xEC\xEE\xEF][\x80-\xBF][\x80-\xBF]"
    r"|\xED[\x80-\x9F][\x80-\xBF]|\xF0[\x90-\xBF][\x80-\xBF][\x80-\xBF]|[\xF1-\xF3][\x80-\xBF][\x80-\xBF][\x80-\xBF]"
    r"|\xF4[\x80-\x8F][\x80-\xBF][\x80-\xBF])*+$"
)
FREE_TEXT = {"host": "host", "request_uri": "uri", "http_referer": "referer", "http_user_agent": "user_agent"}


@dataclass(frozen=True)
class Group:
    """Apps that answer the same host names, in one nginx server that the first of them owns."""

    owner: Site
    guests: tuple[Site, ...]


@dataclass(frozen=True)
class Socket:
    """A listening socket, and the words by which one server speaks for all on it."""

    address: str
    tls: bool
    words: str
    owner: str  # the app that says the words; nobody where unknown names are rejected


def groups(sites: Iterable[Site]) -> list[Group]:
    """Put sites with the same names together; who has the route `/` owns the server."""
    together: dict[frozenset[str], list[Site]] = {}
    for site in sites:
        together.setdefault(frozenset(site.server_names), []).append(site)
    result = []
    for members in together.values():
        ranked = sorted(members, key=lambda site: (not any(route.prefix == "/" for route in site.routes), site.name))
        result.append(Group(ranked[0], tuple(ranked[1:])))
    return result


def validate_sites(variable: str, sites: Sequence[Site], default_site: str) -> None:
    """Raise InputError where two sites want the same place: nginx would ignore the second with a mere warning."""
    found = groups(sites)
    for group in found:
        for guest in group.guests:
            _validate_guest(variable, group.owner, guest)
        validate_places(f"{variable}.{group.owner.name}", [group.owner, *group.guests])
    speaks: dict[str, tuple[str, bool]] = {}
    names: dict[tuple[str, str], str] = {}
    for owner in (group.owner for group in found):
        where = f"{variable}.{owner.name}"
        if not owner.server_names and default_site == "keep":
            raise InputError(
                f"{where}.server_name",
                "is missing, which makes this app the default site, and the default site is to be kept as it is.",
                "Name the app's hosts, or set gunicorn_proxy_default_site: reject.",
            )
        for address, tls in _sockets(owner, ipv6=True):
            other, other_tls = speaks.setdefault(address, (owner.name, tls))
            if other_tls != tls:
                raise InputError(
                    f"{where}.proxy",
                    f"wants {_protocol(tls)} on {address}, where {other} has {_protocol(other_tls)}.",
                )
            for name in owner.server_names:
                other = names.setdefault((address, name), owner.name)
                if other != owner.name:
                    raise InputError(
                        f"{where}.server_name",
                        f"has {name!r}, which {other} answers on {address} as well.",
                        "Apps that share a name must share all of their names; each then has routes of its own.",
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
                f"differs from that of {owner.name}, which answers the same names ({names}).",
                "Apps that share their names share one nginx server: make the two equal.",
            )


def _protocol(tls: bool) -> str:
    return "TLS" if tls else "plain HTTP"


def _sockets(site: Site, ipv6: bool) -> list[tuple[str, bool]]:
    plain = [(address, False) for item in site.plain_addresses for address in item.sockets(ipv6)]
    return plain + [(address, True) for item in site.tls_addresses for address in item.sockets(ipv6)]


def listening(sites: Sequence[Site], around: Surroundings, default_site: str, backlog: int) -> list[Socket]:
    """Tell who says what of each socket, because nginx lets only one server do so."""
    speaks: dict[str, bool] = {}
    owners: dict[str, Site] = {}
    for owner in (group.owner for group in groups(sites)):
        for address, tls in _sockets(owner, around.ipv6):
            speaks[address] = tls
            if address not in owners or not owner.server_names:
                owners[address] = owner
    result = []
    for address, owner in owners.items():
        words = _backlog(address, speaks, backlog)
        if default_site == "reject":
            words = f" default_server{words}"
        nobody = default_site == "reject" and bool(owner.server_names)
        result.append(Socket(address, speaks[address], words, "" if nobody else owner.name))
    return result


def cut_backlog(backlog: int, somaxconn: int) -> list[Finding]:
    """What to say where the kernel cuts the queue; 0 is a kernel that does not tell."""
    if not 0 < somaxconn < backlog:
        return []
    seen = f"the kernel cuts {backlog} to {somaxconn} (net.core.somaxconn) without a word."
    fix = f"Declare gunicorn_host_load.backlog: {backlog} (role gunicorn_host), or a smaller one here."
    return [Finding("backlog-capped", WARNING, "gunicorn_proxy_backlog", seen=seen, fix=fix)]


def _backlog(address: str, all_addresses: Iterable[str], backlog: int) -> str:
    # With options of its own nginx binds an address separately, and the kernel refuses that beside the wildcard.
    host, _colon, port = address.rpartition(":")
    wildcard = f"[::]:{port}" if host.startswith("[") else port
    return f" backlog={backlog}" if address == wildcard or wildcard not in all_addresses else ""


def render_files(
    sites: Sequence[Site], around: Surroundings, default_site: str, backlog: int, directory: str
) -> dict[str, str]:
    """Return every file of these sites by its path; no sites need no files."""
    if not sites:
        return {}
    sockets = listening(sites, around, default_site, backlog)
    files = {f"{directory}/{SHARED}": render_shared(around, [socket for socket in sockets if not socket.owner])}
    for group in groups(sites):
        words = {socket.address: socket.words for socket in sockets if socket.owner == group.owner.name}
        files[site_path(directory, group.owner.name)] = render_site(group.owner, around, words, group.guests)
        for guest in group.guests:
            files[site_path(directory, guest.name)] = render_guest(guest, group.owner)
    return dict(sorted(files.items()))


def site_path(directory: str, app: str) -> str:
    return f"{directory}/gunicorn-{app}.conf"


def render_shared(around: Surroundings, rejected: Sequence[Socket]) -> str:
    """Return the shared file: the variables and the log format of all sites, and the site for unknown names."""
    lines = [MANAGED, "# What the sites of all apps share.", ""]
    lines += [
        "# The port as the client wrote it, for URLs that the app makes of the Host header.",
        *_map("$http_host", "$gunicorn_port", {'"~(:[0-9]+)$"': "$1", "default": '""'}),
        *_map("$http_upgrade", "$gunicorn_upgrade", {'"~*^websocket$"': "websocket", "default": '""'}),
        *_map("$gunicorn_upgrade", "$gunicorn_connection", {"websocket": "upgrade", "default": "close"}),
        *_trusted(around),
        *_log_format(),
    ]
    if rejected:
        lines += _reject(rejected, around)
    return "\n".join(lines).rstrip("\n") + "\n"


def _map(source: str, variable: str, table: dict[str, str]) -> list[str]:
    return [f"map {source} {variable} {{", *(f"    {key} {value};" for key, value in table.items()), "}", ""]


def _trusted(around: Surroundings) -> list[str]:
    if not around.trusted_proxies:
        return [
            "# What no client can invent; with trusted proxies, theirs would be taken.",
            *_map("$scheme", "$gunicorn_scheme", {"default": "$scheme"}),
            *_map("$request_id", "$gunicorn_request_id", {"default": "$request_id"}),
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
        *_map('"$gunicorn_trusted:$http_x_forwarded_proto"', "$gunicorn_scheme", scheme),
        *_map('"$gunicorn_trusted:$http_x_request_id"', "$gunicorn_request_id", given),
    ]


def _log_format() -> list[str]:
    lines = ["# Each line is one JSON object, whatever bytes a client sends."]
    for source, name in FREE_TEXT.items():
        # nginx tries no pattern on an empty value.
        table = {'""': '""', f'"~{UTF8}"': f"${source}", "default": '"(not UTF-8)"'}
        lines += _map(f"${source}", f"$gunicorn_log_{name}", table)
    # HTTP/0.9 is logged as 009, which is no number in JSON.
    lines += _map("$status", "$gunicorn_log_status", {'"~^[1-9]"': "$status", "default": "0"})
    fields = {
        "time": '"$time_iso8601"',
        "request_id": '"$gunicorn_request_id"',
        "remote_addr": '"$remote_addr"',
        "host": '"$gunicorn_log_host"',
        "method": '"$request_method"',
        "uri": '"$gunicorn_log_uri"',
        "protocol": '"$server_protocol"',
        "status": "$gunicorn_log_status",
        "bytes": "$body_bytes_sent",
        "request_time": "$request_time",
        "upstream": '"$upstream_addr"',
        "upstream_status": '"$upstream_status"',
        "upstream_connect_time": '"$upstream_connect_time"',
        "upstream_header_time": '"$upstream_header_time"',
        "upstream_time": '"$upstream_response_time"',
        "referer": '"$gunicorn_log_referer"',
        "user_agent": '"$gunicorn_log_user_agent"',
    }
    parts = [f'"{name}":{value}' for name, value in fields.items()]
    rows = [f"    '{part},'" for part in parts[:-1]] + [f"    '{parts[-1]}'"]
    rows[0] = rows[0].replace("'", "'{", 1)
    rows[-1] = rows[-1][:-1] + "}'"
    return [*lines, "log_format gunicorn_json escape=json", *rows[:-1], rows[-1] + ";", ""]


def _reject(sockets: Sequence[Socket], around: Surroundings) -> list[str]:
    lines = ["# Whoever asks for a name that is no site's gets no answer.", "server {"]
    for socket in sockets:
        lines.append(f"    listen {socket.address}{tls_words(around) if socket.tls else ''}{socket.words};")
    lines += ['    server_name "";', "    server_tokens off;", "    access_log off;"]
    if any(socket.tls for socket in sockets):
        lines += ["    ssl_reject_handshake on;", *(f"    {line}" for line in tls_settings(around))]
    return [*lines, "    return 444;", "}"]
