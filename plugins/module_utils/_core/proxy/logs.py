# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of the access logs: nginx would create them readable by every user, and so by every app."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import CHMOD, CREATE, Change

MODE = 0o640
# With those that logrotate has moved aside.
NAME = re.compile(r"gunicorn-[^/]+\.access\.log(?:[.-][A-Za-z0-9.-]+)?")


@dataclass(frozen=True)
class LogChange:
    """Create a log, or close one that is too open; `before` is its mode, or None if there is none."""

    path: str
    before: Optional[int]
    owner: str = "root"
    group: str = "root"

    def change(self) -> Change:
        declared = f"{MODE:04o}"
        if self.before is None:
            return Change(CREATE, self.path, kind="nginx-log", declared=f"mode {declared}", disk="is missing")
        return Change(CHMOD, self.path, kind="nginx-log", declared=declared, disk=f"{self.before:04o}")

    def diff(self) -> dict[str, Any]:
        before = "" if self.before is None else f"# mode={self.before:04o}\n"
        return {
            "before_header": self.path if before else f"{self.path} (absent)",
            "after_header": self.path,
            "before": before,
            "after": f"# mode={MODE:04o}\n",
        }


def plan_logs(
    current: Mapping[str, Optional[int]], wanted: Collection[str], owner: str, group: str
) -> tuple[LogChange, ...]:
    """Return the changes to the logs; a mode of None is something else under that name, which its owner put there."""
    missing = [LogChange(path, None, owner, group) for path in sorted(set(wanted) - set(current))]
    too_open = [
        LogChange(path, mode, owner, group)
        for path, mode in sorted(current.items())
        if mode is not None and mode & ~MODE & 0o777
    ]
    return (*missing, *too_open)
