# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits of login sessions (pam_limits). They do not apply to services, whose limits are in their units."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import (
    DesiredFile,
    FileChange,
    FileState,
    plan_absent,
    plan_file,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import MANAGED

PATH = "/etc/security/limits.d/90-gunicorn.conf"
TYPES = ("soft", "hard", "-")
# limits.conf(5)
ITEMS = (
    "as", "chroot", "core", "cpu", "data", "fsize", "locks", "maxlogins", "maxsyslogins", "memlock", "msgqueue", "nice",
    "nofile", "nonewprivs", "nproc", "priority", "rss", "rtprio", "sigpending", "stack",
)  # fmt: skip
_DOMAIN = re.compile(r"\*|%|[@%]?[A-Za-z_][A-Za-z0-9_.-]*\$?|[@%]?[0-9]*:[0-9]*")
_VALUE = re.compile(r"-?[0-9]+|unlimited|infinity")


def check_limits(variable: str, limits: Sequence[Mapping[str, Any]]) -> None:
    """Raise InputError for a limit that pam_limits would silently skip."""
    seen: dict[tuple[str, str, str], int] = {}
    for position, limit in enumerate(limits):
        where = f"{variable}[{position}]"
        for key, pattern, example in (
            ("domain", _DOMAIN, "a user, @group or *"),
            ("value", _VALUE, "a number or unlimited"),
        ):
            if not pattern.fullmatch(str(limit[key])):
                raise InputError(f"{where}.{key}", f"'{limit[key]}' is not valid.", f"Use {example}.")
        for key, known in (("type", TYPES), ("item", ITEMS)):
            if limit[key] not in known:
                raise InputError(
                    f"{where}.{key}", f"'{limit[key]}' is not a known {key}.", did_you_mean(limit[key], known)
                )
        identity = (limit["domain"], limit["type"], limit["item"])
        if identity in seen:
            raise InputError(
                where, f"duplicates {variable}[{seen[identity]}] ({' '.join(identity)}).", "Keep one of them."
            )
        seen[identity] = position


def render_limits(limits: Sequence[Mapping[str, Any]]) -> str:
    lines = [MANAGED, "# For login sessions; services have their limits in their units."]
    lines += [f"{limit['domain']} {limit['type']} {limit['item']} {limit['value']}" for limit in limits]
    return "\n".join(lines) + "\n"


def plan_limits(limits: Sequence[Mapping[str, Any]], before: Optional[FileState]) -> Optional[FileChange]:
    """Return the change that makes the file contain exactly these limits, or removes it if there are none."""
    return plan_file(before, DesiredFile(PATH, render_limits(limits))) if limits else plan_absent(PATH, before)
