# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The releases of an app that are on this host, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases import list_releases, table
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.scrub import scrub_all
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.history import read_history
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.known_app import find_app, secrets_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.look import current_release, read_manifests


def handle(options: Mapping[str, Any]) -> dict[str, Any]:
    """Do what the module gunicorn_release_info was asked for."""
    layout = find_app(options["app"])
    return dict(scrub_all({"changed": False, **list_releases_of(layout)}, secrets_of(layout)))


def list_releases_of(layout: Layout) -> dict[str, Any]:
    current = current_release(layout.current)
    releases = list_releases(read_manifests(layout.releases), read_history(layout), current)
    return {"current": current, "releases": releases, "table": table(releases)}
