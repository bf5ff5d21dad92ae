# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Do what is planned for one app, and report it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import Failure, as_host_error
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.sources import uploaded
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.apps import Case, Request, report
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.declare import Context
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.deploy import Deploy, DeployOptions
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import Store
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner


def carry_out(case: Case, request: Request, context: Context, runner: Runner) -> Result:
    """Return the result of the app; what goes wrong becomes its failure."""
    name = case.app.name
    local_source = request.sources.get(name, {})
    options = DeployOptions(request.installer_env, request.who, request.lock_wait, request.release_commands)
    deploy = Deploy(runner, context, Store(case.app.layout), request.secrets.get(name, {}), local_source, options)
    failure: Optional[Failure] = None
    plan = case.plan
    try:
        with uploaded(request.uploads.get(name, ""), local_source.get("content", "")) as upload:
            plan = deploy.converge(case.app, case.now, plan, upload)
    except Exception as exc:  # whatever this app has brought, the others go on
        failure = as_host_error(exc).failure
    case = replace(case, declared=deploy.declared or case.declared)
    result = report(case, plan, context, deploy.store.manifests)
    if failure:
        result.changes, result.diff = [], []
        result.secrets = deploy.hidden(case.app)
    more: dict[str, Any] = {"seconds": deploy.journal.seconds, "steps": deploy.journal.data()}
    if failure:
        more["release"] = deploy.release  # the failed release, which is kept for inspection
    if deploy.imported:
        more["import"] = dict(deploy.imported)
    if deploy.choice:
        more["strategy"] = deploy.choice._asdict()
    result.values = {**result.values, **more}
    result.failure = failure
    return result
