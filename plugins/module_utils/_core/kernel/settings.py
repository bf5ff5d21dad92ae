# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared kernel settings: a value with a direction and a reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.described import described
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean

MODES = ("at_least", "at_most", "exactly")
# A range grows with a smaller first number and a larger second one.
RANGES = ("net.ipv4.ip_local_port_range",)
REMOVED = {
    "net.ipv4.tcp_tw_recycle": "Linux 4.12 removed it, because it broke clients behind NAT. Use net.ipv4.tcp_tw_reuse.",
}
NOT_IN_CONTAINERS = {
    "net.core.netdev_max_backlog": "It exists only in the initial network namespace: set it on the container's host.",
}
# Keys that each container (network, IPC, UTS or user namespace) has its own value of; the machine shares all others.
_OWN_IN_CONTAINER = re.compile(r"net\.|user\.|fs\.mqueue\.|kernel\.(msg|sem$|shm|hostname$|domainname$)")
_KEY = re.compile(r"[a-z0-9_-]+([./][A-Za-z0-9_@:-]+)+")


@dataclass(frozen=True)
class Setting:
    """A declared kernel setting."""

    key: str
    mode: str
    value: str
    reason: str = ""

    def satisfied_by(self, value: str) -> bool:
        return value == self.value or (self.mode != "exactly" and self.further(value, self.value) == value)

    def further(self, one: str, other: str) -> str:
        """Return the value that satisfies both, each taken as a bound in the direction of the mode."""
        if self.mode == "exactly":
            return self.value
        pairs = zip(_numbers(one), _numbers(other))
        upwards = self.mode == "at_least"
        chosen = [
            (max if upwards != (self.key in RANGES and position == 0) else min)(pair)
            for position, pair in enumerate(pairs)
        ]
        return " ".join(map(str, chosen))

    def comparable(self, value: Optional[str]) -> bool:
        """Return whether the value has the same format as the declared one."""
        if value is None or self.mode == "exactly":
            return value is not None
        return _is_numbers(value) and len(value.split()) == len(self.value.split())


def normalize_key(key: str) -> str:
    """Return the dotted form of a key; as in sysctl.d(5), its first separator decides which form it has."""
    slash, dot = key.find("/"), key.find(".")
    if slash >= 0 and (dot < 0 or slash < dot):
        return key.replace(".", "\0").replace("/", ".").replace("\0", "/")
    return key


def proc_path(key: str) -> str:
    """Return the path in /proc/sys for a dotted key, in which a slash stands for a dot inside a name."""
    return "/proc/sys/" + key.replace(".", "\0").replace("/", ".").replace("\0", "/")


def parse_settings(sources: Mapping[str, Any]) -> list[Setting]:
    """Return the settings of all variables (name to value), or raise InputError.

    Later variables override earlier ones, key by key; null removes a key.
    """
    merged: dict[str, tuple[str, Any]] = {}
    for name, source in sources.items():
        if not isinstance(source, Mapping):
            raise InputError(name, f"must be a dictionary of keys, not {described(source)}.")
        for key, options in source.items():
            if not _KEY.fullmatch(str(key)):
                raise InputError(name, f"'{key}' is not the name of a kernel setting.", "Example: net.core.somaxconn.")
            merged[normalize_key(str(key))] = (f"{name}['{key}']", options)
    return [_setting(where, key, options) for key, (where, options) in merged.items() if options is not None]


def _setting(where: str, key: str, options: Any) -> Setting:
    if not isinstance(options, Mapping):
        hint = f"Write {{at_least: {options}}} or {{exactly: {options}}}."
        raise InputError(where, f"{options!r} has no direction.", hint)
    known = (*MODES, "reason")
    for name in options:
        if name not in known:
            raise InputError(f"{where}.{name}", "is not a known key.", did_you_mean(name, known))
    modes = [mode for mode in MODES if mode in options]
    if len(modes) != 1:
        given = " and ".join(modes) if modes else "none"
        raise InputError(where, f"needs exactly one of {', '.join(MODES)}; {given} given.")
    mode = modes[0]
    value = _value(f"{where}.{mode}", options[mode])
    if mode != "exactly" and not _is_numbers(value):
        raise InputError(f"{where}.{mode}", f"'{value}' is not a number.", "Text has no order: use exactly.")
    return Setting(key, mode, value, " ".join(str(options.get("reason") or "").split()))


def _value(where: str, value: Any) -> str:
    parts = value if isinstance(value, (list, tuple)) else [value]
    if any(isinstance(part, bool) or not isinstance(part, (str, int)) for part in parts):
        raise InputError(where, f"{value!r} is neither a number nor text.", "For a kernel switch, use 0 or 1.")
    text = " ".join(" ".join(str(part) for part in parts).split())
    if not text:
        raise InputError(where, "is empty.")
    return text


def machine_wide(key: str) -> bool:
    """Return whether all containers of a machine share the key."""
    return not _OWN_IN_CONTAINER.match(key)


def _is_numbers(value: str) -> bool:
    return bool(re.fullmatch(r"-?[0-9]+( -?[0-9]+)*", value))


def _numbers(value: str) -> list[int]:
    return [int(part) for part in value.split()]
