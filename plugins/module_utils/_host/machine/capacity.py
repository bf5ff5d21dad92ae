# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read what the host provides: CPUs, memory, and the versions that unit files depend on."""

from __future__ import annotations

import glob
import os
import re
import shutil
from dataclasses import replace

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import WORKER_TMP_DIR
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.fstab import FSTAB, own_paths
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.capacity import (
    capacity,
    cpu_count,
    cpu_quota,
    memory_limit,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import Host
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.egress import resolvers_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import MANAGED
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.ceiling import CGROUP, process_ceiling
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import read_text
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import meminfo
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner

SLICE = "system.slice"  # systemd's default slice for services


def host_capacity() -> Host:
    """Return the CPUs, memory and open files that services can use."""
    quotas, limits = [], []
    for place in ("", f"/{SLICE}"):
        v1 = f"{CGROUP}/cpu{place}"
        quotas.append(
            cpu_quota(
                read_text(f"{CGROUP}{place}/cpu.max"),
                read_text(f"{v1}/cpu.cfs_quota_us"),
                read_text(f"{v1}/cpu.cfs_period_us"),
            )
        )
        limit = read_text(f"{CGROUP}/memory{place}/memory.limit_in_bytes")
        limits.append(memory_limit(read_text(f"{CGROUP}{place}/memory.max"), limit))
    cpus = [len(os.sched_getaffinity(0)), cpu_count(read_text(f"{CGROUP}/{SLICE}/cpuset.cpus.effective"))]
    found = capacity(
        min(count for count in cpus if count),
        min((quota for quota in quotas if quota is not None), default=None),
        meminfo("MemTotal"),
        min((limit for limit in limits if limit is not None), default=None),
    )
    return replace(found, files=process_ceiling("LimitNOFILE"), tasks=_limits_tasks())


def resolvers() -> tuple[str, ...]:
    """Return the name servers that processes of this host ask."""
    return resolvers_of(read_text("/etc/resolv.conf") or "")


def _limits_tasks() -> bool:
    return "pids" in (read_text(f"{CGROUP}/cgroup.controllers") or "").split() or os.path.isdir(f"{CGROUP}/pids")


def systemd_version(runner: Runner) -> int:
    """Return the version of systemd: from the name of its library, which needs no process, else from systemctl.

    Raise HostError if neither shows it.
    """
    for pattern in ("/usr/lib/systemd/libsystemd-shared-*.so", "/usr/lib/*/systemd/libsystemd-shared-*.so"):
        for path in glob.glob(pattern):
            match = re.search(r"-shared-(\d+)", path)
            if match:
                return int(match.group(1))
    match = re.match(r"systemd (\d+)", runner.run(["systemctl", "--version"]).out)
    if match is None:
        raise HostError("The version of systemd cannot be determined from `systemctl --version`.")
    return int(match.group(1))


def worker_tmp_dir(declared: str, promised: str = "") -> str:
    """Return the declared directory.

    For `auto` it is the tmpfs of gunicorn_host, which may be `promised` for later in this run, else its default path:
    each service has a tmpfs of its own there, also on a host without the role.
    """
    if declared != "auto":
        return declared
    return promised or _declared_tmpfs() or WORKER_TMP_DIR


def _declared_tmpfs() -> str:
    for path in sorted(glob.glob("/etc/systemd/system/*.mount")):
        text = read_text(path) or ""
        where = re.search(r"^Where=(.+)$", text, re.MULTILINE)
        if text.startswith(MANAGED) and "\nType=tmpfs\n" in text and where:
            return where.group(1)
    return next(iter(own_paths(read_text(FSTAB) or "")), "")


def interpreter(name: str) -> str:
    """Return the path of a Python interpreter, or '' if it is missing.

    Links are resolved, so that a new minor version of Python is a change.
    """
    found = shutil.which(name)
    return os.path.realpath(found) if found else ""
