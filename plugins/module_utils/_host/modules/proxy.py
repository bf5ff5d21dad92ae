# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring nginx into its declared state: inspect it once, plan the changes, apply them in one transaction."""

from __future__ import annotations

from dataclasses import fields

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.platform import pick
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.limits import Limits
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.listeners import capped_backlog
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.plan import DesiredNginx, plan
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.server import log_path
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.shared import render_files
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.site import Surroundings, site_from_data
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.machine.platform import os_release
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import Options
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.ceiling import somaxconn
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.proxy.nginx import Nginx, has_ipv6
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.proxy.tls_files import (
    check_tls_files,
    check_tls_pairs,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner


def run(options: Options, check_mode: bool) -> Result:
    """Return the result; in check mode it is the same as that of a real run."""
    platform = pick(options["platforms"], os_release())
    nginx = Nginx(Runner(), platform)
    # The action plugin sends the site of each app, or an empty one for an app without a site.
    sites = [site_from_data(data) for data in options["apps"].values() if data]
    findings = check_tls_files(sites)
    if sites:
        findings += capped_backlog(options["backlog"], somaxconn(options["host"].get("somaxconn", 0)))
    around = Surroundings(
        ipv6=has_ipv6(),
        http2_directive=not any(site.tls for site in sites) or nginx.http2_directive(),
        log_directory=platform["log_directory"],
        trusted_proxies=tuple(options["trusted_proxies"]),
        trusted_headers=tuple(options["trusted_headers"]),
        public_ports=tuple(options["public_ports"]),
        limits=Limits(**{one.name: options[one.name] for one in fields(Limits)}),
    )
    planned = plan(
        nginx.look(sites),
        DesiredNginx(
            files=render_files(sites, around, options["default_site"], options["backlog"], platform["directory"]),
            declared=set(options["apps"]),
            directory=platform["directory"],
            package=platform["package"],
            service=platform["service"],
            default_site=options["default_site"],
            prune=options["prune"],
            logs=[log_path(site, around) for site in sites if site.access_log],
            log_owner=platform.get("log_owner", "root"),
            log_group=platform.get("log_group", "root"),
        ),
    )
    if planned.changes():
        check_tls_pairs(sites)
    needs = {"packages": [planned.package]} if planned.package else {}
    if not check_mode:
        if needs:
            return Result(changes=[], findings=findings, needs=needs)
        nginx.apply(planned)
    changes = planned.changes(options["after_install"])
    return Result(changes=changes, diff=planned.diffs(), findings=[*findings, *planned.findings], needs=needs)
