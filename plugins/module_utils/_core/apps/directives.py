# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The systemd directives that an app adds to its units, and the limits of its service."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps import timeouts
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import Instance
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import parse_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.time_span import seconds_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import refuse_unsafe

DIRECTIVE = re.compile(r"[A-Z][A-Za-z0-9]*\Z")
UNIT_SECTIONS = ("Unit", "Service", "Socket", "Install")
OWNED_DIRECTIVES = {
    "Service": {
        "Type": "It is always notify: Gunicorn reports itself when it is ready.",
        "User": "Use the app's `user`.",
        "Group": "Use the app's `user`; its group has the same name.",
        "DynamicUser": "Use the app's `user`.",
        "ExecStart": "It contains the path of the release.",
        "WorkingDirectory": "It is the path of the release; use `source.subdir`.",
        "EnvironmentFile": "Use `env` or `secret_env`.",
        "RuntimeDirectory": "It holds Gunicorn's control socket.",
    },
    "Socket": {"ListenStream": "Use the app's `bind`.", "Backlog": "Use `settings.backlog`."},
}


def with_own_stop(instances: tuple[Instance, ...], systemd: Mapping[str, Mapping[str, Any]]) -> tuple[Instance, ...]:
    """Return the instances with the user's own TimeoutStopSec, if any: the reported chain must be the effective one."""
    seconds = seconds_of(systemd.get("Service", {}).get("TimeoutStopSec", ""))
    if seconds is None or not 0 < seconds < 1e6:
        return instances
    return tuple(replace(one, timeouts=replace(one.timeouts, stop=round(seconds))) for one in instances)


def checked_limits(where: str, limits: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the limits, or raise InputError if one is too small, unreadable, or contradicts another."""
    for key in ("nofile", "nproc", "tasks_max"):
        if limits[key] is not None and limits[key] < 1:
            raise InputError(f"{where}.{key}", f"{limits[key]} must be at least 1.")
    for key in ("memory_high", "memory_max"):
        parse_size(f"{where}.{key}", limits[key])
    if limits["memory_high"] and limits["memory_max"]:
        high, most = (parse_size(where, limits[key]) for key in ("memory_high", "memory_max"))
        if high > most:
            raise InputError(
                f"{where}.memory_high", f"{limits['memory_high']} is above memory_max ({limits['memory_max']})."
            )
    return limits


def checked_directives(
    where: str, sections: Mapping[str, Any], instances: Iterable[Instance]
) -> Mapping[str, Mapping[str, Any]]:
    """Return the directives by section, or raise InputError for one that is unknown, malformed or set by the role."""
    for section, directives in sections.items():
        if section not in UNIT_SECTIONS:
            raise InputError(f"{where}.{section}", "is not a unit section.", did_you_mean(section, UNIT_SECTIONS))
        if not isinstance(directives, Mapping):
            raise InputError(f"{where}.{section}", "must be a dictionary of directives.")
        for name, value in directives.items():
            items = value if isinstance(value, list) else [value]
            if not DIRECTIVE.match(str(name)):
                raise InputError(f"{where}.{section}.{name}", "is not a valid directive name.")
            if name in OWNED_DIRECTIVES.get(section, {}):
                hint = OWNED_DIRECTIVES[section][name]
                raise InputError(f"{where}.{section}.{name}", "is decided by the role.", hint)
            if not all(isinstance(item, (str, int, float)) for item in items):
                raise InputError(f"{where}.{section}.{name}", f"must be text, a number or a list, not {value!r}.")
            refuse_unsafe(f"{where}.{section}.{name}", items)
    stop = sections.get("Service", {}).get("TimeoutStopSec", "")
    why = timeouts.too_short(stop, [instance.timeouts for instance in instances])
    if why:
        raise InputError(f"{where}.Service.TimeoutStopSec", why, "Leave it out: the role then derives it.")
    return sections
