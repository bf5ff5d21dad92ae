# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Importing an app with a part of its sandbox open: only if a person asks for it, and never every part.

What an app says on why its import failed is the app's own text. It may raise a suspicion, but must not open anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.parsed_unit import parse_unit
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.sandbox import SWITCHES, check_overrides
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import render_unit

Switches = tuple[tuple[str, str], ...]
MODULE = "gunicorn_import_check"
# What a trial opens a directive to, unless the person names a value.
OPENINGS: Mapping[str, str] = {
    "ProtectHome": "read-only",
    "PrivateTmp": "no",
    "PrivateDevices": "no",
    "PrivateUsers": "no",
    "DevicePolicy": "auto",
    "ProtectProc": "default",
    "ProcSubset": "all",
    "ProtectClock": "no",
    "ProtectControlGroups": "no",
    "ProtectHostname": "no",
    "ProtectKernelLogs": "no",
    "ProtectKernelTunables": "no",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "RestrictRealtime": "no",
    "LockPersonality": "no",
    "MemoryDenyWriteExecute": "no",
    "SystemCallFilter": "@system-service",
    "TemporaryFileSystem": "",
    "InaccessiblePaths": "",
    "NoExecPaths": "",
    "IPAddressDeny": "",
}
# What a hostile app could do with them in one import outlives the import, or is out of proportion to what is learnt.
_ROOT = "it would let the app gain rights of root"
_NO_BLOCK = "it does not keep an app from being imported"
NEVER: Mapping[str, str] = {
    "NoNewPrivileges": _ROOT,
    "CapabilityBoundingSet": _ROOT,
    "AmbientCapabilities": _ROOT,
    "ProtectSystem": "the app could write wherever its user may, and what it writes stays",
    "ProtectKernelModules": "the app could load code into the kernel, which stays",
    "RestrictNamespaces": "it opens more of the kernel to attacks than any other switch",
    "RestrictSUIDSGID": "the app could leave set-user-ID files behind, which stay",
    "SystemCallArchitectures": "the filter of system calls is not written for other architectures",
    "SystemCallErrorNumber": _NO_BLOCK,
    "UMask": _NO_BLOCK,
    "LimitCORE": _NO_BLOCK,
    "RemoveIPC": _NO_BLOCK,
    "KeyringMode": _NO_BLOCK,
}
_OTHER = "it is not among those that may be opened for a trial"
_OPEN = ("no", "false", "off", "0", "n", "f", "default", "all", "auto", "")
_MOST = 3


@dataclass(frozen=True)
class Suspect:
    """Switches that may have to be open together, and what the app seems to do that they forbid.

    `reason` never contains text of the app: people read it next to what they are to declare.
    """

    switches: Switches
    reason: str


def check_trial(where: str, given: Sequence[str], unit_text: str) -> Switches:
    """Return the switches that a person asks to open, each `Directive` or `Directive=value`.

    Raise InputError for one that does not exist, may not be opened, has no such value, or is open anyway.
    """
    service = parse_unit(unit_text).get("Service", {})
    found: dict[str, str] = {}
    for position, word in enumerate(given):
        place = f"{where}[{position}]"
        name, equals, value = (part.strip() for part in str(word).partition("="))
        if name not in SWITCHES:
            raise InputError(place, f"'{name}' is not a directive of the sandbox.", did_you_mean(name, OPENINGS))
        if name not in OPENINGS:
            raise InputError(
                place,
                f"{name} is never opened for a trial: {NEVER.get(name, _OTHER)}.",
                f"Allowed: {', '.join(sorted(OPENINGS))}.",
            )
        if name in found:
            raise InputError(place, f"{name} is listed twice.")
        value = value if equals else OPENINGS[name]
        check_overrides(where, [{"directive": name, "value": value, "reason": "a person asks"}])
        if not is_closed(service.get(name, []), value):
            raise InputError(place, f"{name} is not closed in this unit, so there is nothing to try.")
        found[name] = value
    return tuple(found.items())


def is_closed(now: Sequence[str], opened: str) -> bool:
    """Tell whether a directive with these values in a unit forbids more than `opened` would."""
    return bool(now) and now[-1].strip().lower() not in _OPEN and list(now) != [opened]


def open_switches(unit_text: str, switches: Switches) -> str:
    """Return the text of the unit with these switches open."""
    unit = parse_unit(unit_text)
    unit["Service"].update({name: [value] for name, value in switches})
    return render_unit(unit)


def suspicion(suspects: Sequence[Suspect]) -> str:
    """Return what the sandbox is suspected of, for people, and how to find out; '' without a suspect."""
    if not suspects:
        return ""
    lines = ["The sandbox may be the cause. This is a guess from what the app reported; nothing was opened to test it."]
    return "\n".join([*lines, *(f"  {_guess(one)}" for one in suspects[:_MOST])])


def _guess(suspect: Suspect) -> str:
    forbidden = [name for name, _value in suspect.switches if name not in OPENINGS]
    needs = f"It may need {_joined(suspect.switches)} ({suspect.reason})"
    if forbidden:
        return f"{needs}, which is never tried: {NEVER.get(forbidden[0], _OTHER)}."
    words = ", ".join(_word(f"{name}={value}") for name, value in suspect.switches)
    return f"{needs}; to try it: {MODULE} with try_sandbox: [{words}]."


def passed_open(switches: Switches, sandbox: str) -> str:
    """Return the outcome of a trial that passed: what to declare, except for the reason, which only a person knows."""
    entries = [f'  - {{directive: {name}, value: {json.dumps(value)}, reason: ""}}' for name, value in switches]
    return "\n".join(
        [
            f"With {_joined(switches)} the import succeeds; without, it fails. If you trust the app with that, declare,"
            " with a reason:",
            f"{sandbox}:",
            *entries,
        ]
    )


def passed_closed(switches: Switches) -> str:
    return f"The import succeeds inside the unit's own sandbox. {_joined(switches)} is not needed and was not tried."


def failed_open(switches: Switches) -> str:
    return f"With {_joined(switches)} the import fails as well."


def _joined(switches: Switches) -> str:
    return " and ".join(f"{name}={value}" for name, value in switches)


def _word(text: str) -> str:
    """Return an item of a YAML list, quoted if it has to be."""
    return text if re.fullmatch(r"[A-Za-z0-9_=@ -]*[A-Za-z0-9]", text) else json.dumps(text)
