# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which sandbox switch may have made an import fail.

All of this rests on the app's own report, so it is only a suspicion: no switch is ever opened because of it, and no
text of the app becomes part of the reason that people read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.sandbox_trial import (
    Suspect,
    Switches,
    is_closed,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.parsed_unit import parse_unit

# Linux's numbers, so that the table does not depend on the platform that evaluates it.
EPERM, ENOENT, ENXIO, EACCES, ENODEV, EROFS, EAFNOSUPPORT = 1, 2, 6, 13, 19, 30, 97
_MESSAGES = (
    ("read-only file system", EROFS),
    ("readonly database", EROFS),
    ("operation not permitted", EPERM),
    ("permission denied", EACCES),
    ("address family not supported", EAFNOSUPPORT),
)
_HIDING = (EPERM, ENOENT, ENXIO, EACCES, ENODEV, EROFS)
_HOME: tuple[Switches, ...] = ((("ProtectHome", "read-only"),), (("ProtectHome", "no"),))
# Where the app looks, what may have to be open for it, and how that is said.
_PATHS: tuple[tuple[str, str, tuple[Switches, ...]], ...] = (
    (r"/(home|root|run/user)(/|$)", "home directories", _HOME),
    (r"/(var/)?tmp(/|$)", "the host's /tmp", ((("PrivateTmp", "no"),),)),
    (r"/dev/kmsg$|/proc/kmsg$", "the kernel's log", ((("ProtectKernelLogs", "no"),),)),
    (
        r"/dev(/|$)",
        "devices",
        ((("PrivateDevices", "no"),), (("PrivateDevices", "no"), ("DevicePolicy", "auto"))),
    ),
    (r"/proc/\d+(/|$)", "other processes", ((("ProtectProc", "default"),),)),
    (
        r"/proc/sys(/|$)",
        "kernel settings",
        (
            (("ProcSubset", "all"),),
            (("ProtectKernelTunables", "no"),),
            (("ProcSubset", "all"), ("ProtectKernelTunables", "no")),
        ),
    ),
    (r"/proc(/|$)", "/proc", ((("ProcSubset", "all"),), (("ProcSubset", "all"), ("ProtectProc", "default")))),
    (r"/sys/fs/cgroup(/|$)", "control groups", ((("ProtectControlGroups", "no"),),)),
    (r"/sys(/|$)", "/sys", ((("ProtectKernelTunables", "no"),),)),
)
_UNSEEN: tuple[tuple[str, str, Switches], ...] = (
    (r"/srv/gunicorn(/|$)", "other apps", (("TemporaryFileSystem", ""),)),
    (
        r"/(etc/(nginx|systemd/system|ssl/private)|run/(dbus|gunicorn)|var/log)(/|$)",
        "the host's logs, keys and sockets",
        (("InaccessiblePaths", ""),),
    ),
)
_NO_EXEC = r"/srv/gunicorn/[^/]+/shared/|/(var/)?tmp/|/dev/shm/|/run/gunicorn-"
_READ_ONLY: tuple[tuple[str, str, Switches], ...] = (
    (r"/(usr|boot|efi)(/|$)", "writes to the system's own files", (("ProtectSystem", "no"),)),
    (r"/etc(/|$)", "writes to /etc", (("ProtectSystem", "yes"),)),
    (r"", "writes outside of the app's shared directory", (("ProtectSystem", "full"),)),
)
_WRITE_EXECUTE: Switches = (("MemoryDenyWriteExecute", "no"),)
_CALLS: Switches = (("SystemCallFilter", "@system-service"),)
_SMELLS: tuple[tuple[str, Switches], ...] = (
    (r"mmap|mprotect|\bjit|ffi\b|llvm|closure|execut(e|able) (memory|stack)|failed to map segment", _WRITE_EXECUTE),
    (r"unshare|setns|namespace", (("RestrictNamespaces", "no"),)),
    (r"sched_setscheduler|realtime", (("RestrictRealtime", "no"),)),
    (r"chmod|mkdir|mknod|S_IS[UG]ID", (("RestrictSUIDSGID", "no"),)),
    (r"personality", (("LockPersonality", "no"),)),
    (r"hostname|domainname", (("ProtectHostname", "no"),)),
    (r"clock_settime|settimeofday|adjtime", (("ProtectClock", "no"),)),
)
_CRASHES = ("SIGSEGV", "SIGABRT", "SIGILL", "SIGBUS", "SIGTRAP")
_HIDDEN = re.compile(r"(?<![\w/.-])/(?:home|root|run/user|tmp|var/tmp|dev|proc|sys)/[^\s'\":,;)\]]+")
_BASE_FAMILIES = "AF_UNIX AF_INET AF_INET6"
_FAMILIES = ("AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_CAN", "AF_BLUETOOTH", "AF_ALG", "AF_XDP", "AF_TIPC")


def suspects(report: Mapping[str, Any], unit_text: str) -> list[Suspect]:
    """Return the suspects, the most promising first, without switches that the unit already has open."""
    service = parse_unit(unit_text).get("Service", {})
    found: list[Suspect] = []
    for suspect in _suspects(report):
        closed = tuple((name, value) for name, value in suspect.switches if is_closed(service.get(name, []), value))
        if closed and closed not in [one.switches for one in found]:
            found.append(Suspect(closed, suspect.reason))
    return found


def _suspects(report: Mapping[str, Any]) -> Iterator[Suspect]:
    answer = report.get("answer") or {}
    # The cause of an exception says more than the exception itself.
    for exc in reversed(answer.get("exceptions", [])):
        yield from _of_exception(exc, answer.get("search_path", []))
    for path in report.get("paths", []):  # what systemd needed before there was any Python
        yield from _of_path(path, ENOENT)
    signal = report.get("signal", "")
    if signal == "SIGSYS":
        yield Suspect(_CALLS, "a system call for which the filter kills it")
    if signal in _CRASHES:
        yield Suspect(_WRITE_EXECUTE, "code that it generates in memory")


def _of_exception(exc: Mapping[str, Any], search_path: Sequence[str]) -> Iterator[Suspect]:
    last = (exc.get("frames") or [{}])[-1]
    text = f"{exc['message']} {last.get('source', '')}"
    number = exc.get("errno") or next((code for words, code in _MESSAGES if words in exc["message"].lower()), None)
    if exc.get("file"):
        if number in _HIDING:
            yield from _of_path(exc["file"], number)
    else:
        for path in _HIDDEN.findall(exc["message"]):
            yield from _of_path(path, number or ENOENT)
        if number == EROFS:
            yield from _of_path("", EROFS)
    if "ImportError" in (exc["type"], *exc.get("bases", [])):
        for path in search_path:
            yield from _of_path(path, ENOENT)
    if exc["type"].endswith("AccessDenied"):
        yield Suspect((("ProtectProc", "default"),), "other processes")
        yield Suspect((("ProcSubset", "all"),), "/proc")
    if number == EAFNOSUPPORT:
        yield from _of_family(text)
    elif number == EPERM or "MemoryError" in (exc["type"], *exc.get("bases", [])) or _smells_executable(exc["message"]):
        yield from _of_refusal(text)


def _smells_executable(message: str) -> bool:
    return bool(re.search(_SMELLS[0][0], message, re.I))


def _of_path(path: str, number: int) -> Iterator[Suspect]:
    if number == EACCES and re.match(_NO_EXEC, path):
        yield Suspect((("NoExecPaths", ""),), "code in a directory that it may write to")
    for pattern, reason, switches in _UNSEEN if number in (EACCES, ENOENT) else ():
        if re.match(pattern, path):
            yield Suspect(switches, reason)
    for pattern, reason, choices in _PATHS:
        if re.match(pattern, path):
            yield from (Suspect(switches, reason) for switches in choices)
            return
    if number == EROFS:
        for pattern, reason, switches in _READ_ONLY:
            if re.match(pattern, path):
                yield Suspect(switches, reason)
                return


def _of_family(text: str) -> Iterator[Suspect]:
    named = [family for family in re.findall(r"\bAF_[A-Z0-9]{2,20}\b", text) if family in _FAMILIES]
    for family in dict.fromkeys([*named, "AF_NETLINK"]):
        value = f"{_BASE_FAMILIES} {family}"
        yield Suspect((("RestrictAddressFamilies", value),), f"{family} sockets")
    yield Suspect((("RestrictAddressFamilies", ""),), "sockets of another address family")


def _of_refusal(text: str) -> Iterator[Suspect]:
    for pattern, switches in _SMELLS:
        if re.search(pattern, text, re.I):
            yield Suspect(switches, "an operation that was refused")
    for switches in (_CALLS, _WRITE_EXECUTE):
        yield Suspect(switches, "an operation that was refused")
