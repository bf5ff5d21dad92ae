# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notes on a running master that its files do not have; they are valid as long as that very process lives.

After HUP it serves another release than the one it was started from; after TTIN its number of workers differs from its
settings. And it may have been restarted to fix a difference: if that is still there, another restart would not help.
"""

from __future__ import annotations

import json
import os
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import DesiredFile
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import RUN, Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import read_file, write_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import started_at

RELEASE, WORKERS, RESTARTED_FOR = "release", "workers", "mends"


def _path(layout: Layout, instance: str, what: str) -> str:
    return f"{RUN}/{layout.app}/{instance}.{what}"


def recall(layout: Layout, instance: str, master: int, what: str) -> Any:
    """Return a note on the master; None if there is none, or only one on an earlier process."""
    state = read_file(_path(layout, instance, what))
    about = json.loads(state.content) if state else {}
    return about[what] if about.get("master") == [master, started_at(master)] else None


def remember(layout: Layout, instance: str, master: int, what: str, value: Any) -> None:
    path = _path(layout, instance, what)
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    about = {what: value, "master": [master, started_at(master)]}
    write_file(DesiredFile(path, json.dumps(about) + "\n", 0o600))


def forget(layout: Layout, instance: str, *whats: str) -> None:
    for what in whats:
        if os.path.exists(_path(layout, instance, what)):
            os.unlink(_path(layout, instance, what))
