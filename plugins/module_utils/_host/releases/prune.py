# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remove releases and layers that are no longer needed."""

from __future__ import annotations

import os
import time
from typing import NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.history import line_of_descent
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.prune import (
    KEEP_FAILED_DAYS,
    layers_to_prune,
    releases_to_prune,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.environment_file import RELEASE
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.history import read_history
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.layers import (
    complete_layers,
    remove_layer,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import Store
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.clock import iso
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import links_of, pids, real_user
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.process_words import read_words


class Use(NamedTuple):
    """What running processes use: paths below the app's directory, and releases."""

    paths: frozenset[str]
    releases: frozenset[str]


def in_use(store: Store) -> Use:
    """Return what processes of root and of the service user use. Nobody else's can keep a release from being pruned."""
    layout = store.layout
    users = {0, store.service_user_id(store.current())}
    mine = [pid for pid in pids() if real_user(pid) in users]
    reading = read_words(mine, "cmdline", "environ")
    words = [word for pid in mine for word in (*links_of(pid), *reading.of(pid, "cmdline"))]
    paths = frozenset(word for word in words if word.startswith(f"{layout.home}/"))
    prefix, variable = f"{layout.releases}/", f"{RELEASE}="
    named = {path[len(prefix) :].split("/")[0] for path in paths if path.startswith(prefix)}
    environ = (word for pid in mine for word in reading.of(pid, "environ"))
    named |= {word[len(variable) :] for word in environ if word.startswith(variable)}
    return Use(paths, frozenset(named))


def plan_prune(store: Store, keep: int) -> list[str]:
    """Return the releases that are no longer needed, never one that a running process uses."""
    layout = store.layout
    oldest = iso(time.time() - KEEP_FAILED_DAYS * 86400)
    running = in_use(store).releases
    lineage = line_of_descent(read_history(layout))
    return releases_to_prune(store.manifests, store.current(), keep, oldest, running, lineage, store.unusable)


def prune(store: Store, keep: int) -> None:
    """Remove the releases that are no longer needed, half-built ones, and layers that no release uses."""
    layout = store.layout
    doomed = plan_prune(store, keep)
    used = set(in_use(store).paths)
    halves = [name for name in os.listdir(layout.releases) if name.startswith(".")]
    for name in (*doomed, *halves):
        store.remove(name)
    for name in store.unusable:
        used |= store.linked_layers(name)
    for parent in (layout.sources, layout.venvs):
        complete = complete_layers(parent)
        found = complete | {f"{parent}/{name}" for name in os.listdir(parent) if not name.endswith(".complete")}
        for layer in layers_to_prune(found, store.manifests, store.manifests, used):
            remove_layer(layer)
