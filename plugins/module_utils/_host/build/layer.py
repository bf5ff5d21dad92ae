# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build one layer at its final path; the marker next to it is written last, after everything is on disk."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import DesiredFile
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.layers import (
    MARKER,
    is_complete,
    remove_layer,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.tree import record_tree
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import write_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.ownership import seal


def build_layer(path: str, build: Callable[[str], Any], **about: Any) -> None:
    """Build the layer unless it is complete. What a run that was killed left behind is removed first."""
    if is_complete(path):
        return
    remove_layer(path)
    os.makedirs(path, mode=0o755)
    started = time.monotonic()
    try:
        build(path)
        seal(path)
    except BaseException:
        remove_layer(path)
        raise
    sync_disks()
    about["seconds"] = round(time.monotonic() - started, 3)
    about["files"] = record_tree(path)
    write_file(DesiredFile(path + MARKER, json.dumps(about, sort_keys=True) + "\n", mode=0o600))


def sync_disks() -> None:
    """Write everything to disk at once; thousands of fsync calls would take minutes."""
    os.sync()
