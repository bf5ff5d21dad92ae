# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A master that was sent HUP serves another release than the one that it was started from. This is remembered for as
long as that very process lives.
"""

from __future__ import annotations

import json
import os

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.files import DesiredFile
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.layout import RUN, Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.files import read_file, write_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.process import started_at


def _path(layout: Layout, instance: str) -> str:
    return f"{RUN}/{layout.app}/{instance}.reloaded"


def read_reload(layout: Layout, instance: str, master: int) -> str:
    """The release that the master was told to load; '' if it still serves what it was started with."""
    state = read_file(_path(layout, instance))
    if not state:
        return ""
    about = json.loads(state.content)
    return str(about["release"]) if about["master"] == [master, started_at(master)] else ""


def write_reload(layout: Layout, instance: str, master: int, release: str) -> None:
    path = _path(layout, instance)
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    about = {"release": release, "master": [master, started_at(master)]}
    write_file(DesiredFile(path, json.dumps(about) + "\n", 0o600))


def forget_reload(layout: Layout, instance: str) -> None:
    if os.path.exists(_path(layout, instance)):
        os.unlink(_path(layout, instance))
