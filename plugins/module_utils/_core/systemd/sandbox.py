# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox of an app's service: every protection that a WSGI app can work with. Each one can be relaxed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.versions import at_least
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import refuse_unsafe

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
    "LimitCORE": "0",
}
# Their values depend on the app: `private_view` and `egress_directives` return them.
PRIVATE = ("TemporaryFileSystem", "InaccessiblePaths", "NoExecPaths", "IPAddressDeny")
SWITCHES = (*SANDBOX, *PRIVATE)

YES_OR_NO = ("1", "yes", "y", "true", "t", "on", "0", "no", "n", "false", "f", "off")
# What directives allow besides yes and no, in any supported version of systemd.
ALSO: Mapping[str, tuple[str, ...]] = {
    "ProtectSystem": ("full", "strict"),
    "ProtectHome": ("read-only", "tmpfs"),
    "PrivateTmp": ("disconnected",),
    "PrivateUsers": ("self", "identity", "full"),
    "ProtectControlGroups": ("private", "strict"),
}
NOT_ONLY_YES_OR_NO = {"ProtectHostname", "RestrictNamespaces"}


def check_overrides(where: str, overrides: Iterable[Mapping[str, str]]) -> tuple[Mapping[str, str], ...]:
    """Return the overrides, or raise InputError: each must relax a directive of the sandbox and give a reason."""
    result = tuple(overrides)
    for position, override in enumerate(result):
        place = f"{where}[{position}]"
        if override["directive"] not in SWITCHES:
            hint = did_you_mean(override["directive"], SWITCHES)
            raise InputError(f"{place}.directive", f"'{override['directive']}' is not a sandbox directive.", hint)
        if not override["reason"].strip():
            raise InputError(f"{place}.reason", "is empty.", "State why this app needs it.")
        refuse_unsafe(f"{place}.value", override["value"])
        _check_value(f"{place}.value", override["directive"], override["value"])
    return result


def _check_value(where: str, directive: str, value: str) -> None:
    """Raise InputError for a value that systemd would ignore, and with it the protection."""
    if directive == "UMask":
        _check_umask(where, value)
    if directive in NOT_ONLY_YES_OR_NO or (SANDBOX.get(directive) is not True and directive not in ALSO):
        return
    also = ALSO.get(directive, ())
    if value.lower() not in YES_OR_NO and value not in also:
        hint = did_you_mean(value, ("yes", "no", *also))
        raise InputError(where, f"'{value}' is not a value of {directive}.", hint)


def _check_umask(where: str, value: str) -> None:
    """Raise InputError for a umask that lets everybody on the host write to the app's files."""
    if not re.match(r"[0-7]{1,4}\Z", value):
        raise InputError(where, f"'{value}' is not a file mode creation mask.", "Example: '0022'.")
    if not int(value, 8) & 0o002:
        raise InputError(
            where,
            f"'{value}' makes the app's files writable for every user of the host.",
            "Use '0022' to let them read, or '0007' to let the group write.",
        )


def sandbox(overrides: Iterable[Mapping[str, str]], gunicorn: str = "") -> dict[str, Any]:
    """Return the directives for a version of Gunicorn, with the app's overrides applied."""
    # Gunicorn 20 calls setuid(2) in every worker, even for the user that it already runs as.
    calls = {} if at_least(gunicorn, "21") else {"SystemCallFilter": [*SANDBOX["SystemCallFilter"], "setuid"]}
    return {**SANDBOX, **calls, **opened(overrides)}


def opened(overrides: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return the values by directive; the last override of a directive counts."""
    return {override["directive"]: override["value"] for override in overrides}
