# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remove an app with everything that belongs to it."""

from __future__ import annotations

import contextlib
import os

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import RUN
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan import Plan
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import Store
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import apply_changes
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.trees import remove_tree
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.users import remove_user
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.runtime_units import RuntimeUnits
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd


def remove_app(systemd: Systemd, runner: Runner, app: App, plan: Plan) -> None:
    """Carry out the plan of an absent app: stop and remove its units, then its files, then its user."""
    RuntimeUnits(systemd, app.name).remove(plan.leftovers)
    systemd.stop_and_disable(plan.remove_units)
    apply_changes(plan.files)
    if plan.remove_units:
        systemd.daemon_reload()
    layout = app.layout
    with contextlib.suppress(OSError):
        os.rmdir(f"{RUN}/{app.name}")
    if plan.remove_home and os.path.isdir(layout.home):
        store = Store(layout)
        for release in os.listdir(layout.releases) if os.path.isdir(layout.releases) else ():
            store.remove(release)
        for name in os.listdir(layout.home):
            path = f"{layout.home}/{name}"
            if path == layout.shared and not plan.purge:
                continue
            remove_tree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
        if not os.listdir(layout.home):
            os.rmdir(layout.home)
    if plan.remove_user:
        remove_user(runner, app.user)
    if plan.remove_build_user:
        remove_user(runner, layout.build_user)
