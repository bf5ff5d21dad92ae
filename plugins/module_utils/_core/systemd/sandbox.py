# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox of an app's service: every protection that a WSGI app can live under, each of which can be opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.versions import at_least

SANDBOX: Mapping[str, Any] = {
    "NoNewPrivileges": True,
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "ProtectSystem": "strict",
    "ProtectHome": True,
    "PrivateTmp": True,
    "PrivateDevices": True,
    "PrivateUsers": True,
    "DevicePolicy": "closed",
    "ProtectProc": "invisible",
    "ProcSubset": "pid",
    "ProtectClock": True,
    "ProtectControlGroups": True,
    "ProtectHostname": True,
    "ProtectKernelLogs": True,
    "ProtectKernelModules": True,
    "ProtectKernelTunables": True,
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "RestrictNamespaces": True,
    "RestrictRealtime": True,
    "RestrictSUIDSGID": True,
    "LockPersonality": True,
    "MemoryDenyWriteExecute": True,
    "RemoveIPC": True,
    "KeyringMode": "private",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": ["@system-service", "~@privileged @resources"],
    "SystemCallErrorNumber": "EPERM",
    "UMask": "0027",
}


def check_overrides(where: str, overrides: Iterable[Mapping[str, str]]) -> tuple[Mapping[str, str], ...]:
    """Each opened switch must exist in the sandbox and come with its reason."""
    result = tuple(overrides)
    for position, override in enumerate(result):
        place = f"{where}[{position}]"
        if override["directive"] not in SANDBOX:
            hint = did_you_mean(override["directive"], SANDBOX)
            raise InputError(f"{place}.directive", f"'{override['directive']}' is not a switch of the sandbox.", hint)
        if not override["reason"].strip():
            raise InputError(f"{place}.reason", "is empty.", "Say why this app needs the switch open.")
        if "\n" in override["value"]:
            raise InputError(f"{place}.value", "contains a line break.")
    return result


def sandbox(overrides: Iterable[Mapping[str, str]], gunicorn: str = "") -> dict[str, Any]:
    """The directives in force for a version of Gunicorn, after the app's overrides."""
    # Gunicorn 20 calls setuid(2) in every worker, even to the user that it already is.
    calls = {} if at_least(gunicorn, "21") else {"SystemCallFilter": [*SANDBOX["SystemCallFilter"], "setuid"]}
    return {**SANDBOX, **calls, **{override["directive"]: override["value"] for override in overrides}}
