# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gunicorn masters that were not started by a unit of this collection."""

from __future__ import annotations

import re

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.parse import is_gunicorn
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.clock import iso
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import (
    pids,
    since_epoch,
    stat_of,
    text_of,
    words_of,
)

OURS = re.compile(r"/gunicorn-[a-z0-9_-]+\.service")


def find_strays() -> list[tuple[int, str, str]]:
    """Return process id, description and start time of each Gunicorn master outside our units.

    A master is a Gunicorn process whose parent is not one. The description has its control group instead of its command
    line, which may contain a secret.
    """
    found = {}
    for pid in pids():
        group = text_of(pid, "cgroup")
        if is_gunicorn(words_of(pid, "cmdline")) and not OURS.search(group):
            found[pid] = f"gunicorn in {group.splitlines()[-1].rpartition(':')[2]}" if group else "gunicorn"
    seen = {pid: stat_of(pid) for pid in found}
    masters = [pid for pid, stat in sorted(seen.items()) if stat and stat.parent not in found]
    return [(pid, found[pid], iso(since_epoch(pid))) for pid in masters]
