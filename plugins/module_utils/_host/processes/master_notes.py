# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a running master was told that its files do not say; remembered for as long as that very process lives.

After HUP it serves another release than the one that it was started from; after TTIN it has other workers than its
settings say. And it was started to mend something: where that is still so, another start would not help either.
"""

from __future__ import annotations

import json
import os
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import DesiredFile
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import RUN, Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import read_file, write_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import started_at

RELEASE, WORKERS, MENDS = "release", "workers", "mends"


def _path(layout: Layout, instance: str, what: str) -> str:
    return f"{RUN}/{layout.app}/{instance}.{what}"


def recall(layout: Layout, instance: str, master: int, what: str) -> Any:
    """What the master was told; None if it still is as it was started."""
    state = read_file(_path(layout, instance, what))
    about = json.loads(state.content) if state else {}
    return about[what] if about.get("master") == [master, started_at(master)] else None


def remember(layout: Layout, instance: str, master: int, what: str, told: Any) -> None:
    path = _path(layout, instance, what)
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    about = {what: told, "master": [master, started_at(master)]}
    write_file(DesiredFile(path, json.dumps(about) + "\n", 0o600))


def forget(layout: Layout, instance: str, *whats: str) -> None:
    for what in whats:
        if os.path.exists(_path(layout, instance, what)):
            os.unlink(_path(layout, instance, what))
