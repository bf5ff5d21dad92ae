# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gunicorn masters that were not started by a unit of this collection."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.response import readable
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.parse import (
    groups_of,
    is_gunicorn,
    is_in,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.clock import iso
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import (
    pids,
    since_epoch,
    stat_of,
    text_of,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.process_words import read_words
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd

LONGEST = 200  # characters of a control group; users name those below their own as they like
OURS = re.compile(r"gunicorn-[a-z0-9_-]+\.service")


def find_strays(systemd: Systemd) -> list[tuple[int, str, str]]:
    """Return process id, description and start time of each Gunicorn master outside our units.

    A master is a Gunicorn process whose parent is not one. The description has its control group instead of its command
    line, which may contain a secret. A process that does not let its command line be read is listed too.
    """
    reading = read_words(pids(), "cmdline")
    groups = {pid: text_of(pid, "cgroup") for pid, _file in reading.words if is_gunicorn(reading.of(pid, "cmdline"))}
    ours = _groups(systemd, groups.values())
    found = {pid: group for pid, group in groups.items() if not any(is_in(group, one) for one in ours)}
    seen = {pid: stat_of(pid) for pid in found}
    masters = [pid for pid, stat in sorted(seen.items()) if stat and stat.parent not in found]
    strays = [(pid, _described("gunicorn", found[pid])) for pid in masters]
    strays += [(pid, _described("hides its command line", text_of(pid, "cgroup"))) for pid in reading.silent]
    return [(pid, description, iso(since_epoch(pid))) for pid, description in strays]


def _groups(systemd: Systemd, cgroups: Iterable[str]) -> list[str]:
    """Return the control groups that systemd itself gave to units of ours that these paths name."""
    parts = (part for cgroup in cgroups for group in groups_of(cgroup) for part in group.split("/"))
    units = sorted({part for part in parts if OURS.fullmatch(part)})
    return [shown.get("ControlGroup", "") for shown in systemd.show(units, ["ControlGroup"]).values()]


def _described(what: str, cgroup: str) -> str:
    group = next(iter(groups_of(cgroup)), "")
    return f"{what} in {readable(group, LONGEST)}" if group else what
