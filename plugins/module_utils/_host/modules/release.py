# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module gunicorn_release does. It needs neither a declaration nor the network."""

from __future__ import annotations

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import as_host_error
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.lock import deploy_lock
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.rollback import roll_back
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import Options
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.release_info import releases_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.prune import plan_prune, prune
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import Store, find_app, secrets_of


def run(options: Options, check_mode: bool) -> Result:
    """Roll back or prune. Raise InputError for an unknown app; what fails later is the result's failure."""
    layout = find_app(options["app"])
    who, wait = options["who"], options["lock_wait"]
    try:
        if options["command"] == "prune":
            result = prune_app(layout, options["keep"], who, wait, check_mode)
        else:
            result = roll_back(layout, options["release"] or "", options["strategy"], who, wait, check_mode)
    except Exception as exc:  # the text may quote why an earlier deploy failed, so it must not pass unmasked
        result = Result(failure=as_host_error(exc).failure)
    result.secrets = secrets_of(layout)
    return result


def prune_app(layout: Layout, keep: int, who: str, wait: float, check_mode: bool) -> Result:
    """Remove the releases beyond `keep`. Raise HostError if another run holds the lock."""
    store = Store(layout)
    doomed = plan_prune(store, keep)
    if doomed and not check_mode:
        with deploy_lock(layout.lock, who, wait):
            store = Store(layout)  # another run may have changed it in the meantime
            prune(store, keep)
    return Result(releases_of(store), [Change("remove release", name) for name in doomed])
