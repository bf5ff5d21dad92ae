# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Layers: directories that are either complete or absent, even if a run is killed at any moment.

A layer is built at its final path, because virtual environments and build results contain their own path. It counts as
complete once a marker next to it exists, which is written last, after everything is on disk.
"""

from __future__ import annotations

import json
import os

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.trees import remove_tree

MARKER = ".complete"


def is_complete(path: str) -> bool:
    return os.path.exists(path + MARKER) and os.path.isdir(path)


def complete_layers(parent: str) -> set[str]:
    """Return the paths of the complete layers in a directory, which need not exist."""
    try:
        names = set(os.listdir(parent))
    except FileNotFoundError:
        return set()
    return {f"{parent}/{name}" for name in names if name + MARKER in names}


def recorded_files(path: str) -> dict[str, str]:
    """Return the files that the layer was built with; {} for one that was built before they were recorded."""
    try:
        with open(path + MARKER, encoding="utf-8") as stream:
            return dict(json.load(stream).get("files", {}))
    except (OSError, ValueError, RecursionError):
        return {}


def remove_layer(path: str) -> None:
    """Remove the layer, the marker first: a half-removed layer must count as absent."""
    if os.path.lexists(path + MARKER):
        os.unlink(path + MARKER)
    remove_tree(path)
