# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gunicorns that no unit of ours has started."""

from __future__ import annotations

import os
import re

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.live_text import is_gunicorn
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.capacity import read_text
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.clock import iso
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.process import (
    parent_and_start,
    since_epoch,
    words_of,
)

OURS = re.compile(r"/gunicorn-[a-z0-9_-]+\.service")


def find_strays() -> list[tuple[int, str, str]]:
    """Masters of Gunicorn outside of our units: their parent is no Gunicorn itself.

    Where each runs is told, and not its command line, on which a secret may be.
    """
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        group = read_text(f"/proc/{name}/cgroup") or ""
        if is_gunicorn(words_of(int(name), "cmdline")) and not OURS.search(group):
            found[int(name)] = f"gunicorn in {group.splitlines()[-1].rpartition(':')[2]}" if group else "gunicorn"
    seen = {pid: parent_and_start(pid) for pid in found}
    masters = [pid for pid, about in sorted(seen.items()) if about and about[0] not in found]
    return [(pid, found[pid], iso(since_epoch(pid))) for pid in masters]
