# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox of what is run for a build: an app's code may do little more than write its own layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import ROOT
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.egress import egress_directives

LONGEST = 1800  # seconds

PROPERTIES: Mapping[str, str] = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "ProtectSystem": "strict",
    "ProtectHome": "tmpfs",  # not `yes`: a source that the declaration names may be inside a home directory
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "PrivateUsers": "yes",
    "PrivateIPC": "yes",
    "DevicePolicy": "closed",
    "ProtectProc": "invisible",
    "ProtectClock": "yes",
    "ProtectControlGroups": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "RemoveIPC": "yes",
    "KeyringMode": "private",
    "SystemCallArchitectures": "native",
    "SystemCallErrorNumber": "EPERM",
    "UMask": "0022",
    "KillMode": "control-group",
    "TimeoutStopSec": "5",  # for what a command leaves behind, which would hold up the deploy
    # A build gives way to what serves.
    "CPUWeight": "50",
    "IOWeight": "50",
    "MemoryMax": "75%",
    "TasksMax": "2048",
    "LimitCORE": "0",
    "LimitFSIZE": "8G",
}
SYSTEM_CALLS = ("@system-service", "~@privileged @resources")
# Directories of the system that no build needs.
HIDDEN = ("/etc/nginx", "/etc/ssl/private", "/var/backups", "/var/log", "/var/mail", "/var/spool", "/boot")
# Without these, no host name can be resolved.
RESOLVERS = ("/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager", "/run/nscd")


@dataclass(frozen=True)
class View:
    """What one command may see and use. Of the apps' directories, it sees the readable and the writable paths."""

    user: str
    group: str
    directory: str
    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    network: bool = False
    egress: Optional[tuple[str, ...]] = None  # where it may connect to, if that is limited
    resolvers: tuple[str, ...] = ()  # the host's name servers
    sockets: bool = False  # whether it sees the sockets in /run: release commands talk to databases
    seconds: int = LONGEST
    opened: tuple[tuple[str, str], ...] = ()  # directives with the values that the app declares in `sandbox`


def properties(view: View) -> Iterator[tuple[str, str]]:
    """Return the properties of the transient unit; some names occur more than once."""
    opened = dict(view.opened)
    for name, value in PROPERTIES.items():
        yield name, opened.get(name, value)
    for calls in [opened["SystemCallFilter"]] if "SystemCallFilter" in opened else SYSTEM_CALLS:
        yield "SystemCallFilter", calls
    yield "User", view.user
    yield "Group", view.group
    yield "WorkingDirectory", view.directory
    yield "RuntimeMaxSec", str(view.seconds)
    yield "TemporaryFileSystem", f"{ROOT}:ro"
    yield "TemporaryFileSystem", "/dev/shm:mode=1777,size=64M"
    if not view.sockets:
        yield "TemporaryFileSystem", "/run:ro,mode=0755"
        for path in RESOLVERS if view.network else ():
            yield "BindReadOnlyPaths", f"-{path}"
    for path in HIDDEN:
        yield "InaccessiblePaths", f"-{path}"
    for path in view.readable:
        yield "BindReadOnlyPaths", _quote(path)
    for path in view.writable:
        yield "BindPaths", _quote(path)
        yield "ReadWritePaths", _quote(path)
    if view.network:
        for name, addresses in egress_directives(view.egress, view.resolvers).items():
            yield from ((name, address) for address in addresses)
    else:
        yield "PrivateNetwork", "yes"


def ending(result: str, status: int, seconds: int) -> str:
    """Say how a failed command ended; `result` is the unit's Result=."""
    if result == "timeout":
        return f"It was stopped after {seconds} s."
    if result == "oom-kill":
        return f"It was killed because it needed more memory than {PROPERTIES['MemoryMax']} of the host's."
    if result in ("signal", "core-dump"):
        return "It was ended by a signal."
    return f"exit status {status}"


def _quote(path: str) -> str:
    """Return one path of a list; inside the quotes, neither blanks nor colons separate anything."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
