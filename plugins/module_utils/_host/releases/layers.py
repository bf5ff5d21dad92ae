# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Layers: directories that are complete or absent, whatever moment a run is killed at.

A layer is built at its final path, because virtual environments and build results contain their own path. What makes
it exist is a marker beside it, written last and only after everything is on disk.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import DesiredFile
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.tree import record_tree
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import write_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.ownership import seal

MARKER = ".complete"


def is_complete(path: str) -> bool:
    return os.path.exists(path + MARKER) and os.path.isdir(path)


def complete_layers(parent: str) -> set[str]:
    try:
        names = set(os.listdir(parent))
    except FileNotFoundError:
        return set()
    return {f"{parent}/{name}" for name in names if name + MARKER in names}


def recorded_files(path: str) -> dict[str, str]:
    """What the layer held when it was built; nothing for one that was built before this was recorded."""
    try:
        with open(path + MARKER, encoding="utf-8") as stream:
            return dict(json.load(stream).get("files", {}))
    except (OSError, ValueError):
        return {}


def build_layer(path: str, build: Callable[[str], Any], **about: Any) -> None:
    """Build the layer unless it is complete; what an earlier, killed run left behind is removed first."""
    if is_complete(path):
        return
    remove_layer(path)
    os.makedirs(path, mode=0o755)
    started = time.monotonic()
    try:
        build(path)
    except BaseException:
        remove_layer(path)
        raise
    seal(path)
    sync_disks()
    about["seconds"] = round(time.monotonic() - started, 3)
    about["files"] = record_tree(path)
    write_file(DesiredFile(path + MARKER, json.dumps(about, sort_keys=True) + "\n"))


def remove_layer(path: str) -> None:
    """The marker goes first: a half-removed layer is an absent one."""
    if os.path.lexists(path + MARKER):
        os.unlink(path + MARKER)
    if os.path.isdir(path):
        shutil.rmtree(path)


def sync_disks() -> None:
    """Bring all of it to the disk at once; thousands of single fsync calls would take minutes."""
    os.sync()
