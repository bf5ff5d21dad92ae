# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The TLS settings of nginx."""

from __future__ import annotations

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.site import Surroundings

# Mozilla's intermediate profile (https://wiki.mozilla.org/Security/Server_Side_TLS) without its DHE suites,
# which need a parameter file and would only help clients without ECDHE. Curves are left to OpenSSL: a list would
# exclude new ones.
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


def tls_parameters(around: Surroundings) -> str:
    """Return the `listen` parameters for TLS; since nginx 1.25.1, HTTP/2 has its own directive."""
    return " ssl" if around.http2_directive else " ssl http2"


def tls_settings(around: Surroundings) -> list[str]:
    """Return the settings of every server on a TLS socket; the default server's apply until the client names a host."""
    return (["http2 on;"] if around.http2_directive else []) + [
        "ssl_protocols TLSv1.2 TLSv1.3;",
        f"ssl_ciphers {TLS_CIPHERS};",
        "ssl_prefer_server_ciphers off;",
        "ssl_session_timeout 1d;",
        "ssl_session_cache shared:gunicorn:10m;",
        "ssl_session_tickets off;",
    ]
