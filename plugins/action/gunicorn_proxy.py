# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller side of the proxy: turn apps into sites, so that nothing else about an app is sent to the host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.sites import sites
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.headers import known_header
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.limits import Limits, check_limits
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.options import PROXY_ARGUMENTS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.site import site_to_data
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.words import proxy_network
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._apps import declared_apps
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._one_look import OneLook, promised
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._options import checked

PORTS = range(1, 65536)
BACKLOGS = range(1, 65536)  # valid values of net.core.somaxconn on every supported platform


def _trusted_headers(names: Sequence[str], trusted_proxies: Sequence[str]) -> list[str]:
    variable = "gunicorn_proxy_trusted_headers"
    if names and not trusted_proxies:
        raise InputError(variable, "has no effect without gunicorn_proxy_trusted_proxies.", "Set both, or neither.")
    return [known_header(f"{variable}[{position}]", name) for position, name in enumerate(names)]


def _public_ports(ports: Sequence[int]) -> list[int]:
    for position, port in enumerate(ports):
        if port not in PORTS:
            raise InputError(f"gunicorn_proxy_public_ports[{position}]", f"must be from 1 to 65535, not {port}.")
    return sorted(set(ports))


class ActionModule(OneLook):
    MODULE = "gunicorn_proxy"
    _installed = False

    def arguments(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        options = checked("gunicorn_proxy_", self._task.args, PROXY_ARGUMENTS)
        apps = declared_apps("gunicorn_apps", options["apps"])
        if options["backlog"] not in BACKLOGS:
            raise InputError("gunicorn_proxy_backlog", f"must be from 1 to {BACKLOGS[-1]}, not {options['backlog']}.")
        trusted = [
            proxy_network(f"gunicorn_proxy_trusted_proxies[{position}]", item)
            for position, item in enumerate(options["trusted_proxies"])
        ]
        found = {site.name: site_to_data(site) for site in sites("gunicorn_apps", apps, options["default_site"])}
        check_limits("gunicorn_proxy_", Limits(**{one.name: options[one.name] for one in fields(Limits)}))
        more = {
            "trusted_proxies": trusted,
            "trusted_headers": _trusted_headers(options["trusted_headers"], trusted),
            "public_ports": _public_ports(options["public_ports"]),
            "host": promised(options["host"], task_vars),
        }
        return {**options, "apps": {name: found.get(name) for name in apps}, **more}

    def _install(self, packages: list[str], task_vars: dict[str, Any]) -> None:
        super()._install(packages, task_vars)
        self._installed = True

    def _call(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        return super()._call({**arguments, "after_install": self._installed}, task_vars)
