# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take things away: releases and layers that nobody needs, or a whole app."""

from __future__ import annotations

import os
import shutil
import time

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.environment import RELEASE
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.prune import (
    KEEP_FAILED_DAYS,
    layers_to_prune,
    releases_to_prune,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases import line_of_descent
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.clock import iso
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.history import read_history
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.layers import complete_layers, remove_layer
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.look import current_release, read_manifests
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.process import paths_in_use, values_in_use


def plan_prune(layout: Layout, keep: int) -> list[str]:
    """The releases that nobody needs; never one that a live process uses."""
    oldest = iso(time.time() - KEEP_FAILED_DAYS * 86400)
    prefix = layout.releases + "/"
    running = {path[len(prefix) :].split("/")[0] for path in paths_in_use(layout.home) if path.startswith(prefix)}
    running |= values_in_use(RELEASE)
    led = line_of_descent(read_history(layout))
    manifests = read_manifests(layout.releases)
    return releases_to_prune(manifests, current_release(layout.current), keep, oldest, running, led)


def prune(layout: Layout, keep: int) -> None:
    """Remove them, and the layers without a release."""
    doomed = plan_prune(layout, keep)
    manifests = read_manifests(layout.releases)
    used = paths_in_use(layout.home)
    kept = set(manifests) - set(doomed)
    halves = [name for name in os.listdir(layout.releases) if name.startswith(".")]
    for name in (*doomed, *halves):
        remove_release(layout.release(name))
    for parent in (layout.sources, layout.venvs):
        complete = complete_layers(parent)
        found = complete | {f"{parent}/{name}" for name in os.listdir(parent) if not name.endswith(".complete")}
        for layer in layers_to_prune(found, manifests, kept, used):
            remove_layer(layer)


def remove_release(path: str) -> None:
    """The manifest goes first: without it a half-removed release is none."""
    if os.path.exists(f"{path}/manifest.json"):
        os.unlink(f"{path}/manifest.json")
    shutil.rmtree(path)
