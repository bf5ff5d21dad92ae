# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An app as its releases on this host tell it, for modules that have no declaration."""

from __future__ import annotations

import glob

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.environment import parse_environment
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.layout import ROOT, Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.files import read_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.store import Store, release_names


def deployed_apps(root: str = ROOT) -> list[str]:
    """All that have a release; one without a manifest does not exist."""
    manifests = glob.glob(f"{glob.escape(root)}/*/releases/*/manifest.json")
    return sorted({path[len(root) :].split("/")[1] for path in manifests})


def find_app(name: str, root: str = ROOT) -> Layout:
    """Where the app is, or raise InputError where this host has none of that name."""
    there = deployed_apps(root)
    if name not in there:
        hint = did_you_mean(name, there) or "There is none at all."
        raise InputError("app", f"there is no deployed app {name!r} on this host.", hint)
    return Layout(name, root)


def secrets_of(layout: Layout) -> list[str]:
    """The values of `secret_env` in all releases of the app, by the names that any of them has."""
    keys = {key for manifest in Store(layout).manifests.values() for key in manifest.secret_env}
    found: list[str] = []
    for name in release_names(layout):
        state = read_file(f"{layout.release(name)}/env")
        values = parse_environment(state.content) if state else {}
        found += [values[key] for key in sorted(keys) if key in values]
    return found
