# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The headers between clients, nginx and the app: what nginx sets, what it drops, and from whom it takes what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy import words as text
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.log_format import render_map

SET = {
    # Not $http_host: it can differ from the name by which nginx selected this server.
    "Host": "$host$gunicorn_port",
    "X-Forwarded-Host": "$host$gunicorn_port",
    "X-Forwarded-Port": "$gunicorn_forwarded_port",
    "X-Forwarded-For": "$remote_addr",
    "X-Real-IP": "$remote_addr",
    "X-Forwarded-Proto": "$gunicorn_scheme",
    "X-Request-ID": "$gunicorn_request_id",
}

# Headers by which a proxy tells an app about the client and its request. Apps and frameworks trust them, so none may
# arrive as a client wrote it. Credentials that an app checks itself (Authorization, X-API-Key, X-Auth-Token) are not
# among them.
WHO = """
    Remote-User Remote-Name Remote-Email Remote-Groups
    X-Remote-User X-Remote-User-Id X-Remote-Name X-Remote-Email X-Remote-Group X-Remote-Groups
    X-Forwarded-User X-Forwarded-Email X-Forwarded-Groups X-Forwarded-Preferred-Username X-Forwarded-Access-Token
    X-Auth-Request-User X-Auth-Request-Email X-Auth-Request-Groups X-Auth-Request-Preferred-Username
    X-Auth-Request-Access-Token X-Auth-Request-Redirect
    X-Authenticated-User X-Authenticated-Userid X-Authenticated-Email X-Authenticated-Groups
    X-Authenticated-Scope X-Consumer-ID X-Consumer-Custom-ID X-Consumer-Username X-Anonymous-Consumer
    X-WebAuth-User X-WebAuth-Name X-WebAuth-Email X-WebAuth-Groups X-WebAuth-Role
    X-Authentik-Username X-Authentik-Email X-Authentik-Name X-Authentik-Groups X-Authentik-Uid
    X-Token-User-Name X-Token-User-Email X-Pomerium-Claim-Email
    Tailscale-User-Login Tailscale-User-Name Tailscale-User-Profile-Pic
    Cf-Access-Authenticated-User-Email X-Goog-Authenticated-User-Email X-Goog-Authenticated-User-ID
    X-MS-Client-Principal X-MS-Client-Principal-ID X-MS-Client-Principal-Name X-MS-Client-Principal-IDP
    X-Amzn-OIDC-Identity X-Amzn-OIDC-Data X-Amzn-OIDC-AccessToken
"""
CERTIFICATE = """
    Client-Cert Client-Cert-Chain SSL-Client-Cert SSL-Client-Verify SSL-Client-S-DN SSL-Client-I-DN
    X-Client-Cert X-Client-Verify X-Client-DN X-SSL-Cert X-SSL-Client-Cert X-SSL-Client-Verify X-SSL-Client-DN
    X-SSL-Client-S-DN X-SSL-Client-I-DN X-SSL-Client-CN X-SSL-Client-Serial X-SSL-Client-SHA1
    X-SSL-Client-Fingerprint X-Forwarded-Client-Cert X-Forwarded-TLS-Client-Cert X-Forwarded-TLS-Client-Cert-Info
    X-ARR-ClientCert X-Amzn-Mtls-Clientcert X-Amzn-Mtls-Clientcert-Leaf X-Amzn-Mtls-Clientcert-Subject
"""
ADDRESS = """
    Forwarded Forwarded-For X-Forwarded X-Forwarded-By X-Forwarded-Client-IP X-Original-Forwarded-For
    Client-IP X-Client-IP X-Cluster-Client-IP X-Remote-IP X-Remote-Addr X-Originating-IP X-ProxyUser-IP
    True-Client-IP CF-Connecting-IP CF-Connecting-IPv6 CF-Pseudo-IPv4 CF-IPCountry Fastly-Client-IP Fly-Client-IP
    DO-Connecting-IP Proxy-Client-IP WL-Proxy-Client-IP X-Azure-ClientIP X-Azure-SocketIP X-Appengine-User-IP
    X-Envoy-External-Address CloudFront-Viewer-Address CloudFront-Viewer-Country
"""
TARGET = """
    X-Host X-Original-Host X-HTTP-Host-Override X-Forwarded-Server
    X-Forwarded-Protocol X-Forwarded-Scheme X-Forwarded-Ssl X-Scheme X-Url-Scheme X-Original-Proto X-Https
    Front-End-Https CF-Visitor CloudFront-Forwarded-Proto X-ARR-SSL
    X-Original-URL X-Original-URI X-Rewrite-URL X-Forwarded-URI X-Forwarded-URL X-Forwarded-Path
    X-Forwarded-Prefix X-Script-Name Script-Name Path-Info
    X-HTTP-Method-Override X-HTTP-Method X-Method-Override X-Original-Method X-Forwarded-Method
    X-Sendfile-Type X-Accel-Mapping
"""
# Gunicorn takes these two from a peer that it trusts. With gunicorn_proxy_default_site: keep, the default server is not
# ours and may pass headers with an underscore.
UNDERSCORES = ("SCRIPT_NAME", "PATH_INFO")
# CGI libraries take it for the proxy through which the *app* should connect.
NEVER = ("Proxy",)
DROPPED = tuple(" ".join((WHO, CERTIFICATE, ADDRESS, TARGET)).split())
CANONICAL = {name.lower(): name for name in DROPPED}


def known_header(variable: str, name: object) -> str:
    """Return one of the headers that nginx drops as this table spells it, or raise InputError."""
    found = CANONICAL.get(str(name).lower())
    if found is None:
        raise InputError(variable, f"{name!r} is not a header that nginx drops.", did_you_mean(str(name), DROPPED))
    return found


def request_headers(client_headers: Iterable[str], trusted_headers: Iterable[str]) -> list[str]:
    """Return the `proxy_set_header` parameters; `client_headers` are passed on as the client sends them."""
    passed, trusted = set(client_headers), set(trusted_headers)
    return [
        *(f"{name} {value}" for name, value in SET.items()),
        *(f"{name} {trusted_variable(name)}" for name in DROPPED if name in trusted - passed),
        *(f'{name} ""' for name in DROPPED if name not in trusted | passed),
        *(f'{name} ""' for name in (*UNDERSCORES, *NEVER)),
    ]


def trusted_variable(name: str) -> str:
    return f"$gunicorn_trusted_{name.lower().replace('-', '_')}"


def render_request_variables(
    trusted_proxies: Sequence[str], trusted_headers: Sequence[str], public_ports: Sequence[int]
) -> list[str]:
    """Return the variables with which the headers are set, and `$gunicorn_trusted` if there are trusted proxies."""
    trusted = "0"
    lines = []
    if trusted_proxies:
        trusted = "$gunicorn_trusted"
        lines = ["geo $realip_remote_addr $gunicorn_trusted {", "    default 0;"]
        lines += [f"    {text.network('trusted_proxies', item)} 1;" for item in trusted_proxies] + ["}", ""]
    return [
        *lines,
        *_described_by_proxies(trusted),
        *_ports(trusted, public_ports),
        *(line for name in trusted_headers for line in _from_trusted(name)),
    ]


def _described_by_proxies(trusted: str) -> list[str]:
    if trusted == "0":
        return [
            "# What no client can invent; with trusted proxies, theirs would be taken.",
            *render_map("$scheme", "$gunicorn_scheme", {"default": "$scheme"}),
            *render_map("$request_id", "$gunicorn_request_id", {"default": "$request_id"}),
        ]
    scheme = {"1:https": "https", "1:http": "http", "default": "$scheme"}
    given = {'"~^1:(?<gunicorn_given_id>[A-Za-z0-9._-]{8,128})$"': "$gunicorn_given_id", "default": "$request_id"}
    return [
        *render_map(f'"{trusted}:$http_x_forwarded_proto"', "$gunicorn_scheme", scheme),
        *render_map(f'"{trusted}:$http_x_request_id"', "$gunicorn_request_id", given),
    ]


def _ports(trusted: str, public_ports: Sequence[int]) -> list[str]:
    """Return the port of the app's own URLs.

    A client may leave the port out, or name the one that it connected to; a different one would lead to some other
    server of the host. Behind a mapped port nginx does not see what the client connected to, so those are declared.
    """
    own = {"http:80": '""', "https:443": '""', "default": ":$server_port"}
    in_host = '"~:(?<gunicorn_named_port>[0-9]+)$"'
    accepted = {'"~:$"': '""', r'"~^[01]:([0-9]+):\1$"': '":$gunicorn_host_port"'}
    if public_ports:
        listed = "|".join(str(port) for port in public_ports)
        accepted[f'"~:(?:{listed})$"'] = '":$gunicorn_host_port"'
    if trusted != "0":
        accepted['"~^1:"'] = '":$gunicorn_host_port"'
    lines = [
        "# The port in the Host header, if it is one through which clients reach this nginx.",
        *render_map("$http_host", "$gunicorn_host_port", {in_host: "$gunicorn_named_port", "default": '""'}),
        *render_map('"$scheme:$server_port"', "$gunicorn_own_port", own),
        *render_map(
            f'"{trusted}:$server_port:$gunicorn_host_port"',
            "$gunicorn_port",
            {**accepted, "default": "$gunicorn_own_port"},
        ),
    ]
    numbers = {'"~^:(?<gunicorn_number>[0-9]+):"': "$gunicorn_number", '":https"': "443", "default": "80"}
    url_port = render_map('"$gunicorn_port:$gunicorn_scheme"', "$gunicorn_url_port", numbers)
    given = {"default": "$gunicorn_url_port"}
    if trusted != "0":
        given = {'"~^1:(?<gunicorn_given_port>[0-9]{1,5})$"': "$gunicorn_given_port", **given}
    source = "$gunicorn_url_port" if trusted == "0" else f'"{trusted}:$http_x_forwarded_port"'
    return [*lines, *url_port, *render_map(source, "$gunicorn_forwarded_port", given)]


def _from_trusted(name: str) -> list[str]:
    sent = f"$http_{name.lower().replace('-', '_')}"
    return render_map("$gunicorn_trusted", trusted_variable(name), {"1": sent, "default": '""'})
