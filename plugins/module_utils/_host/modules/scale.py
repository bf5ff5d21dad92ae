# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The door of the module gunicorn_scale."""

from __future__ import annotations

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.scale import check_workers
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.lock import deploy_lock
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.scale import scale
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import Options
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import find_app, secrets_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.detached import detached


def run(options: Options, check_mode: bool) -> Result:
    """Scale one instance, detached from the connection. Raises InputError for a wrong option."""
    workers = check_workers(options["workers"]) if options["workers"] is not None else 0
    layout = find_app(options["app"])
    if check_mode:
        return scale(layout, options["instance"], workers, dry=True)

    def work() -> Result:
        try:
            with deploy_lock(layout.lock, options["who"], options["lock_wait"]):
                return scale(layout, options["instance"], workers, dry=False)
        except InputError as exc:
            return Result(failure=exc.failure)
        except HostError as exc:
            return Result(failure=exc.failure, secrets=secrets_of(layout))

    return detached(work)
