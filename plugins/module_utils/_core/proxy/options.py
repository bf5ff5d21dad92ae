# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be said about the proxy: for one app (its `proxy` key) and for the host (the module's options), as data."""

from __future__ import annotations

from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.options import HOST_RESULT, PLATFORMS

# Argument spec of `gunicorn_apps.<app>.proxy`.
PROXY_OPTIONS: dict[str, dict[str, Any]] = {
    # Give the app no site: for apps that nobody reaches over HTTP, or that somebody else proxies.
    "enabled": {"type": "bool", "default": True},
    # Plain HTTP: a port (every address of the host) or address:port.
    "listen": {"type": "list", "elements": "str", "default": ["80"]},
    "tls": {
        "type": "dict",
        "options": {
            # Absolute paths on the host; checked to exist before anything changes.
            "certificate": {"type": "str", "required": True},
            "key": {"type": "str", "required": True, "no_log": False},
            "listen": {"type": "list", "elements": "str", "default": ["443"]},
            # Answer plain HTTP with a redirect to HTTPS.
            "redirect": {"type": "bool", "default": True},
            # Seconds of Strict-Transport-Security; 0 sends no such header, because browsers do not forget it.
            "hsts": {"type": "int", "default": 0},
        },
    },
    # Largest request body: a number of bytes, or with k, m, g; 0 is without limit.
    "client_max_body_size": {"type": "str", "default": "1m"},
    # nginx takes the whole answer from the worker at once and feeds slow clients itself.
    "buffering": {"type": "bool", "default": True},
    # URL prefixes that stream (server-sent events, long polls, WebSockets): unbuffered, upgradable, long time-out.
    "streaming": {"type": "list", "elements": "str", "default": []},
    # Seconds without a byte after which a streaming connection is closed.
    "streaming_timeout": {"type": "int", "default": 3600},
    # Idle upstream connections kept for each nginx worker; 0 for one connection per request.
    "keepalive": {"type": "int", "default": 0},
    # How long browsers may keep static files: an nginx time (1h, 30d), max, or off.
    "static_expires": {"type": "str", "default": "1h"},
    # Response headers that nginx adds to every answer.
    "headers": {"type": "dict", "default": {}},
    # JSON lines in /var/log/nginx/gunicorn-<app>.access.log.
    "access_log": {"type": "bool", "default": True},
}
# Argument spec of the module gunicorn_proxy.
PROXY_ARGUMENTS: dict[str, dict[str, Any]] = {
    "apps": {"type": "dict", "required": True},
    **PLATFORMS,
    "default_site": {"type": "str", "choices": ["reject", "keep"], "default": "reject"},
    "prune": {"type": "bool", "default": False},
    "trusted_proxies": {"type": "list", "elements": "str", "default": []},
    "backlog": {"type": "int", "default": 2048},
    **HOST_RESULT,
    "after_install": {"type": "bool", "default": False},
}
