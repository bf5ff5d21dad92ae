# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The door of the module gunicorn_apps: look at the apps, and deploy those that differ."""

from __future__ import annotations

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.apps import Case, Request, run_apps
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.declare import Context
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import Options
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner


def run(options: Options, check_mode: bool) -> Result:
    """Converge the apps. Raise InputError for invalid options; a HostError becomes the result's failure."""
    return run_apps(options, check_mode, _carry_out)


def _carry_out(case: Case, request: Request, context: Context, runner: Runner) -> Result:
    # Imported here, so that a run that changes nothing does not compile what a deploy needs.
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.carry_out import carry_out

    return carry_out(case, request, context, runner)
