# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which version of Gunicorn has which setting, for use in messages; the installed version decides.

Taken from the packages 20.1.0 to 27.0.1 themselves (`gunicorn.config.Config().settings`).
"""

from __future__ import annotations

from collections.abc import Mapping

SINCE: Mapping[str, tuple[str, ...]] = {
    "21.0": ("logconfig_json", "ssl_context"),
    "22.0": (
        "casefold_http_method",
        "header_map",
        "permit_unconventional_http_method",
        "permit_unconventional_http_version",
    ),
    "23.0": ("forwarder_headers", "permit_obsolete_folding"),
    "24.1": ("asgi_lifespan", "asgi_loop", "enable_backlog_metric", "protocol", "root_path", "uwsgi_allow_ips"),
    "25.0": (
        "asgi_disconnect_grace_period",
        "dirty_apps",
        "dirty_graceful_timeout",
        "dirty_post_fork",
        "dirty_threads",
        "dirty_timeout",
        "dirty_worker_exit",
        "dirty_worker_init",
        "dirty_workers",
        "http2_initial_window_size",
        "http2_max_concurrent_streams",
        "http2_max_frame_size",
        "http2_max_header_list_size",
        "http_protocols",
        "on_dirty_starting",
    ),
    "25.1": ("control_socket", "control_socket_disable", "control_socket_mode"),
    "25.3": ("http_parser",),
    "26.2": ("http2_cleartext",),
    "27.0": ("websocket_max_message_size",),
}
REMOVED: Mapping[str, str] = {"tolerate_dangerous_framing": "23.0"}


def history_of(setting: str) -> str:
    """Return a sentence on when the setting was added or removed; '' if that is not known."""
    for version, names in SINCE.items():
        if setting in names:
            return f"It was added in Gunicorn {version}; see `gunicorn_version`."
    return f"It was removed in Gunicorn {REMOVED[setting]}." if setting in REMOVED else ""
