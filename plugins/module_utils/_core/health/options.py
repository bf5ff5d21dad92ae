# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module gunicorn_health: an endpoint, and the same request options as in an app's `health`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError

HEALTH_METHODS = ["GET", "HEAD", "OPTIONS", "POST"]
HEALTH_OPTIONS: dict[str, Any] = {
    "path": {"type": "str", "default": "/"},
    "method": {"type": "str", "choices": HEALTH_METHODS, "default": "GET"},
    "host": {"type": "str"},
    "status": {"type": "list", "elements": "int"},
    "headers": {"type": "dict"},
    "body": {"type": "raw"},  # "str" would turn a value that YAML or a template converted into text that never matches
    "timeout": {"type": "float", "default": 5.0},
    "within": {"type": "float", "default": 60.0},
    "successes": {"type": "int", "default": 1},
    "settle": {"type": "float", "default": 0.5},
}
# `settle` only matters in a deploy.
SHARED = {name: option for name, option in HEALTH_OPTIONS.items() if name != "settle"}
# Without defaults: options that are not set are taken from the app.
HEALTH_CHECK_OPTIONS: dict[str, Any] = {
    "app": {"type": "str"},
    "instance": {"type": "str"},
    "url": {"type": "str"},
    "socket": {"type": "str"},
    **{name: {key: value for key, value in option.items() if key != "default"} for name, option in SHARED.items()},
    "attempts": {"type": "int"},
    "request_headers": {"type": "dict", "no_log": True},
    "validate_certs": {"type": "bool"},
    "ca_path": {"type": "path"},
}
HEALTH_CHECK_RULES: dict[str, Any] = {
    "mutually_exclusive": [["app", "url", "socket"], ["url", "path"]],
    "required_one_of": [["app", "url", "socket"]],
    "required_by": {"instance": ["app"]},
}


@dataclass(frozen=True)
class Url:
    """A URL, split into the parts that a request needs."""

    tls: bool
    bind: str
    host: str
    path: str


def parse_url(variable: str, value: str) -> Url:
    """Split an `http` or `https` URL. Raises InputError, whose message never repeats what may be a password."""
    example = "Example: 'https://shop.example.com:8443/healthz'."
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as exc:
        raise InputError(variable, f"is not a URL: {exc}.", example) from exc
    if "@" in parts.netloc:
        raise InputError(
            variable, "must not contain a user name or password.", "Use `request_headers`, which is never shown."
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(variable, f"{value!r} is not an http or https URL.", example)
    if parts.fragment:
        raise InputError(variable, f"{value!r} has a fragment, which is never sent.", example)
    tls = parts.scheme == "https"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Url(
        tls=tls,
        bind=f"{host}:{port or (443 if tls else 80)}",
        host=f"{host}:{port}" if port else host,
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )


def check_socket(variable: str, value: str) -> str:
    """Return the bind of a unix socket; raise InputError if the path is not absolute."""
    if not re.match(r"/[^\x00-\x1f\x7f]*[^/\x00-\x1f\x7f]\Z", value):
        raise InputError(variable, f"{value!r} is not an absolute path.", "Example: '/run/gunicorn/shop/web.sock'.")
    return f"unix:{value}"


def choose_instance(variable: str, app: str, instance: str, instances: Mapping[str, Any]) -> str:
    """Return the instance to ask: the named one, else the only one, else `web`.

    Raises InputError if there is no such instance, or if none can be chosen.
    """
    names = sorted(instances)
    if instance:
        if instance not in instances:
            raise InputError(variable, f"{app} has no instance '{instance}'.", f"Allowed: {', '.join(names)}.")
        return instance
    if len(names) == 1:
        return names[0]
    if "web" in instances:
        return "web"
    raise InputError(variable, f"is missing, and {app} has several instances.", f"Allowed: {', '.join(names)}.")


def overridden(given: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """Return all options of the request: the given ones, else those of the app's release, else the defaults."""
    defaults = {name: option.get("default") for name, option in HEALTH_OPTIONS.items()}
    own = {name: given[name] for name in SHARED if given.get(name) is not None}
    return {**defaults, **base, **own}
