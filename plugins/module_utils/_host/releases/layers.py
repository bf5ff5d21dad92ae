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


def remove_layer(path: str) -> None:
    """The marker goes first: a half-removed layer is an absent one."""
    if os.path.lexists(path + MARKER):
        os.unlink(path + MARKER)
    if os.path.isdir(path):
        shutil.rmtree(path)
