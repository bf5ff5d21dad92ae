# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy's options as data: those of one app (its `proxy` key) and those of the host (the module's options)."""

from __future__ import annotations

from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.options import HOST_RESULT, PLATFORMS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.limits import LIMIT_OPTIONS

# Argument spec of `gunicorn_apps.<app>.proxy`.
PROXY_OPTIONS: dict[str, dict[str, Any]] = {
    # false: no site for this app, because nothing reaches it over HTTP, or something else proxies it.
    "enabled": {"type": "bool", "default": True},
    # Plain HTTP: a port (every address of the host) or address:port.
    "listen": {"type": "list", "elements": "str", "default": ["80"]},
    "tls": {
        "type": "dict",
        "options": {
            # Absolute paths on the host; the files must exist before anything changes.
            "certificate": {"type": "str", "required": True},
            "key": {"type": "str", "required": True, "no_log": False},
            "listen": {"type": "list", "elements": "str", "default": ["443"]},
            # Answer plain HTTP with a redirect to HTTPS.
            "redirect": {"type": "bool", "default": True},
            # Seconds of Strict-Transport-Security; 0 sends no header, because browsers would remember it.
            "hsts": {"type": "int", "default": 0},
        },
    },
    # Largest request body: a number of bytes, or a number with k, m or g; 0 means unlimited.
    "client_max_body_size": {"type": "str", "default": "1m"},
    # nginx reads the whole response from the worker at once, and serves slow clients itself.
    "buffering": {"type": "bool", "default": True},
    # URL prefixes that stream (server-sent events, long polling, WebSockets): unbuffered, upgradable, long timeout.
    "streaming": {"type": "list", "elements": "str", "default": []},
    # Seconds without data after which a streaming connection is closed.
    "streaming_timeout": {"type": "int", "default": 3600},
    # Idle upstream connections that each nginx worker keeps open; 0 opens one connection per request.
    "keepalive": {"type": "int", "default": 0},
    # How long browsers may keep static files: an nginx time (1h, 30d), max, or off.
    "static_expires": {"type": "str", "default": "1h"},
    # Headers that nginx adds to every response.
    "headers": {"type": "dict", "default": {}},
    # JSON lines in /var/log/nginx/gunicorn-<app>.access.log.
    "access_log": {"type": "bool", "default": True},
    # Log queries, too, also those of referers. They may hold passwords and tokens.
    "log_query": {"type": "bool", "default": False},
    # Headers that nginx drops unless the app is to get them as clients send them, for example X-HTTP-Method-Override.
    "client_headers": {"type": "list", "elements": "str", "default": []},
    # Serve files that look private (Python code, databases, keys, lists of requirements) from static directories, too.
    "static_all_files": {"type": "bool", "default": False},
    # Follow every symbolic link in static directories.
    "static_links": {"type": "bool", "default": False},
    # As on the host (gunicorn_proxy_client_body_timeout …) if left out.
    "client_body_timeout": {"type": "int"},
    "send_timeout": {"type": "int"},
    "limit_conn": {"type": "int"},
}
# Argument spec of the module gunicorn_proxy.
PROXY_ARGUMENTS: dict[str, dict[str, Any]] = {
    "apps": {"type": "dict", "required": True},
    **PLATFORMS,
    "default_site": {"type": "str", "choices": ["reject", "keep"], "default": "reject"},
    "prune": {"type": "bool", "default": False},
    "trusted_proxies": {"type": "list", "elements": "str", "default": []},
    "trusted_headers": {"type": "list", "elements": "str", "default": []},
    "public_ports": {"type": "list", "elements": "int", "default": []},
    "backlog": {"type": "int", "default": 2048},
    **LIMIT_OPTIONS,
    **HOST_RESULT,
    "after_install": {"type": "bool", "default": False},
}
