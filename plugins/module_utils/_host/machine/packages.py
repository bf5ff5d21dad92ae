# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read which distribution packages are installed."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.packages import dpkg_missing, rpm_missing
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner

DPKG_STATUS = "/var/lib/dpkg/status"


def missing(names: Sequence[str], manager: str, runner: Runner) -> list[str]:
    """Return the packages that are not installed. Raise HostError unless `manager` is `dpkg` or `rpm`."""
    if not names:
        return []
    if manager == "dpkg":
        # Reading dpkg's file takes 2 ms, running dpkg-query 20.
        with open(DPKG_STATUS, encoding="utf-8", errors="replace") as stream:
            return dpkg_missing(names, stream.read())
    if manager == "rpm":
        return rpm_missing(names, runner.run(["rpm", "-q", "--whatprovides", *names], check=False).out)
    raise HostError(f"The package manager '{manager}' is not supported. Supported: dpkg, rpm.")
