# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole host in check mode: what the three roles would change, and whether they would change anything."""

from __future__ import annotations

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.promise import promise
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.apps import run_apps
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules import host as gunicorn_host
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules import proxy
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import Options, answered


def run(options: Options, _check_mode: bool) -> Result:
    """Return the results of all parts; `differs` tells whether the roles have anything to do."""
    parts = look(options)
    # The roles repeat these warnings when they run. If none needs to run, they are only shown here.
    warnings = [warning for part in parts.values() for warning in part.warnings]
    unknown = any(app["state"] == "present" and app["upgrade"] for app in options["apps"]["apps"])
    differs = unknown or any(part.changed or part.failure or part.needs for part in parts.values())
    for part in parts.values():
        part.warnings = ()
    secrets = [secret for part in parts.values() for secret in part.secrets]
    return Result({"differs": differs}, parts=parts, warnings=[] if differs else warnings, secrets=secrets)


def look(options: Options) -> dict[str, Result]:
    """Return the results of all parts in check mode, each based on what the parts before it would provide."""
    host = answered(lambda: gunicorn_host.run(options["host"], True))
    brings = {"host": promise(host.values)}
    return {
        "host": host,
        "apps": answered(lambda: run_apps({**options["apps"], **brings}, True)),
        "proxy": answered(lambda: proxy.run({**options["proxy"], **brings}, True)),
    }
