# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read and change the tmpfs for `worker_tmp_dir`, through a mount unit or the one that systemd generates from fstab."""

from __future__ import annotations

import os
import stat
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import FileState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.fstab import FSTAB
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.mounts import parse_mountinfo
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.tmpfs import (
    MODE,
    UNIT_DIRECTORY,
    WANTED_BY,
    Mount,
    Tmpfs,
    TmpfsPlan,
    TmpfsState,
    plan_tmpfs,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import (
    apply_changes,
    names_in,
    read_file,
    restore,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd


def look(desired: Optional[Tmpfs]) -> TmpfsPlan:
    units: dict[str, FileState] = {}
    for name in names_in(UNIT_DIRECTORY):
        if name.endswith(".mount"):
            found = read_file(f"{UNIT_DIRECTORY}/{name}")
            if found:
                units[f"{UNIT_DIRECTORY}/{name}"] = found
    enabled = frozenset(names_in(f"{UNIT_DIRECTORY}/{WANTED_BY}.wants"))
    mount = read_mount(desired.path) if desired else None
    return plan_tmpfs(desired, TmpfsState(mount, units, enabled, read_file(FSTAB)), os.sysconf("SC_PAGE_SIZE"))


def read_mount(path: str) -> Optional[Mount]:
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as stream:
        found = parse_mountinfo(stream.read(), path)
    if found is None:
        return None
    space = os.statvfs(path)
    used = (space.f_blocks - space.f_bfree) * space.f_frsize
    return Mount(*found, mode=stat.S_IMODE(os.stat(path).st_mode), used=used)


def apply(plan: TmpfsPlan, desired: Optional[Tmpfs], systemd: Systemd) -> None:
    """Change what mounts it at boot, then the mount itself, and verify the result in the kernel's mount table.

    Raise HostError, after restoring what mounts it at boot, if that fails.
    """
    try:
        _apply(plan, desired, systemd)
    except (HostError, OSError) as exc:
        restore(plan.files)
        systemd.daemon_reload()
        if plan.disable:
            systemd.do("enable", *plan.disable)
        restored = "Its boot configuration was restored. " if plan.files else ""
        raise HostError(
            f"The tmpfs on {desired.path} could not be set up as declared ({desired.options})."
            if desired
            else "The boot configuration of the tmpfs could not be removed.",
            exc.explain() if isinstance(exc, HostError) else f"{exc.strerror}: {exc.filename}",
            f"{restored}The live mount was not unmounted.",
        ) from exc


def _apply(plan: TmpfsPlan, desired: Optional[Tmpfs], systemd: Systemd) -> None:
    apply_changes(change for change in plan.files if change.after)
    if plan.disable:
        systemd.do("disable", *plan.disable)
    apply_changes(change for change in plan.files if not change.after)
    if plan.files or plan.verb:
        # Even if no file changed now: a killed run may have left systemd with the previous unit.
        systemd.daemon_reload()
    if desired is None:
        return
    if plan.verb:
        systemd.do(plan.verb, desired.unit, timeout=60)
    if plan.chmod:
        os.chmod(desired.path, MODE)
    if plan.enable:
        systemd.do("enable", desired.unit)
    _verify(desired)


def _verify(desired: Tmpfs) -> None:
    remaining = look(desired).changes
    if remaining:
        raise HostError("The host still differs from the declaration.", "\n".join(map(str, remaining)))
