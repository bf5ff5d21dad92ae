# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List the releases of an app on this host, and what happened to each."""

from __future__ import annotations

from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.history import list_releases, table
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import Options
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.history import read_history
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import Store, find_app, secrets_of


def run(options: Options, _check_mode: bool) -> Result:
    """List the releases, or raise InputError if the app is not deployed."""
    layout = find_app(options["app"])
    return Result(releases_of(Store(layout)), secrets=secrets_of(layout))


def releases_of(store: Store) -> dict[str, Any]:
    """Return the releases in the form that the modules return."""
    current = store.current()
    releases = list_releases(store.manifests, read_history(store.layout), current, store.unusable)
    return {"current": current, "releases": releases, "table": table(releases)}
