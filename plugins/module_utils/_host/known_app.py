# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An app as its releases on this host tell it, for modules that have no declaration."""

from __future__ import annotations

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.environment import parse_environment
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.layout import ROOT, Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.files import names_in, read_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.store import Store, release_names


def find_app(name: str) -> Layout:
    layout = Layout(name)
    if not release_names(layout):
        there = sorted(app for app in names_in(ROOT) if release_names(Layout(app)))
        raise InputError("app", f"no release of '{name}' is on this host.", did_you_mean(name, there))
    return layout


def secrets_of(layout: Layout) -> list[str]:
    """The values of `secret_env` in all releases of the app, by the names that any of them has."""
    keys = {key for manifest in Store(layout).manifests.values() for key in manifest.secret_env}
    found: list[str] = []
    for name in release_names(layout):
        state = read_file(f"{layout.release(name)}/env")
        values = parse_environment(state.content) if state else {}
        found += [values[key] for key in sorted(keys) if key in values]
    return found
