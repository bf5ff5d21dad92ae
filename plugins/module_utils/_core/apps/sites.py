# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn declared apps into the sites that nginx serves for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App, Instance, StaticRoute
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.worker_class import running_class
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy import words as text
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.headers import known_header
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.site import (
    Route,
    Site,
    Static,
    Tls,
    Upstream,
    covers,
    upstream_name,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.validate import validate_site, validate_sites

GUNICORN_KEEPALIVE = 2  # Gunicorn's own default, seconds


def sites(variable: str, apps: Mapping[str, App], default_site: str) -> list[Site]:
    """Return the site of every app that has one, or raise InputError if nginx could not serve them all."""
    result = []
    for name, app in sorted(apps.items()):
        if app.state != "present" or not app.proxy["enabled"]:
            continue
        site = site_of(f"{variable}.{name}", app)
        validate_site(f"{variable}.{name}", site)
        result.append(site)
    validate_sites(variable, result, default_site)
    return result


def site_of(variable: str, app: App) -> Site:
    """Return the app's site, or raise InputError if its options contradict each other."""
    proxy = app.proxy
    served = [instance for instance in app.instances if instance.routes]
    if not served:
        raise InputError(
            f"{variable}.instances",
            "none of them has a route, so the app cannot be reached through nginx.",
            "Set `routes: [/]` in one of them, or set proxy.enabled: false.",
        )
    return Site(
        name=app.name,
        upstreams=tuple(_upstream(variable, app, instance) for instance in served),
        routes=_routes(f"{variable}.proxy.streaming", app.name, served, proxy["streaming"]),
        server_names=tuple(
            text.server_name(f"{variable}.server_name[{position}]", name)
            for position, name in enumerate(app.server_name)
        ),
        listen=tuple(proxy["listen"]),
        tls=_tls(proxy["tls"]),
        static=tuple(_static(app, route) for route in app.static),
        streaming_timeout=proxy["streaming_timeout"],
        client_max_body_size=proxy["client_max_body_size"],
        buffering=proxy["buffering"],
        static_expires=proxy["static_expires"],
        headers=tuple((str(name), value) for name, value in proxy["headers"].items()),
        access_log=proxy["access_log"],
        log_query=proxy["log_query"],
        client_headers=tuple(
            known_header(f"{variable}.proxy.client_headers[{position}]", name)
            for position, name in enumerate(proxy["client_headers"])
        ),
        static_all_files=proxy["static_all_files"],
        static_links=proxy["static_links"],
        client_body_timeout=proxy["client_body_timeout"],
        send_timeout=proxy["send_timeout"],
        limit_conn=proxy["limit_conn"],
    )


def _static(app: App, route: StaticRoute) -> Static:
    layout = app.layout
    path = route.path.rstrip("/") + "/"
    inside = f"{layout.current}/"
    if not path.startswith(inside):
        return Static(route.url, path, trusted=layout.shared if path.startswith(f"{layout.shared}/") else "")
    place = path[len(inside) :]
    top = place.partition("/")[0]
    return Static(
        route.url,
        path,
        beside=f"{layout.beside}/{place}",
        released=True,
        trusted=f"{layout.current}/{top}",
        trusted_beside=f"{layout.beside}/{top}",
    )


def _upstream(variable: str, app: App, instance: Instance) -> Upstream:
    running = running_class(instance.worker_class, instance.settings.get("threads", 1))
    keepalive = app.proxy["keepalive"] if running.keeps_alive else 0
    idle = instance.settings.get("keepalive", GUNICORN_KEEPALIVE)
    if keepalive and idle < 2:
        raise InputError(
            f"{variable}.proxy.keepalive",
            f"is {keepalive}, but '{instance.name}' closes idle connections after {idle} s, before nginx would.",
            "Raise settings.keepalive to 2 or more.",
        )
    return Upstream(
        name=upstream_name(app.name, instance.name),
        address=instance.bind,
        connect_timeout=instance.timeouts.proxy_connect,
        read_timeout=instance.timeouts.proxy_read,
        keepalive=keepalive,
        keepalive_timeout=idle - 1 if keepalive else 0,
    )


def _routes(variable: str, app: str, served: list[Instance], streaming: list[str]) -> tuple[Route, ...]:
    owners = {prefix: upstream_name(app, instance.name) for instance in served for prefix in instance.routes}
    for position, prefix in enumerate(streaming):
        where = f"{variable}[{position}]"
        text.url_prefix(where, prefix)
        above = [route for route in owners if covers(route, prefix)]
        if not above:
            raise InputError(where, f"{prefix!r} is not served by any instance.", f"Routes: {', '.join(owners)}.")
        owners.setdefault(prefix, owners[max(above, key=len)])
    return tuple(
        Route(prefix, upstream, streaming=any(covers(stream, prefix) for stream in streaming))
        for prefix, upstream in owners.items()
    )


def _tls(options: Optional[Mapping[str, Any]]) -> Optional[Tls]:
    return Tls(**{**options, "listen": tuple(options["listen"])}) if options else None
