# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tmpfs for Gunicorn's `worker_tmp_dir`: its mount unit or /etc/fstab line, the live mount, and what differs.

A worker touches a file there for each heartbeat. On a busy disk that call can block, and a worker whose heartbeat stops
is killed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import (
    CHMOD,
    ENABLE,
    MOUNT,
    REMOUNT,
    Change,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import (
    DesiredFile,
    FileChange,
    FileState,
    plan_absent,
    plan_file,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import exact_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.fstab import (
    FSTAB,
    has_foreign,
    own_paths,
    plan_fstab,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import MANAGED, render_unit

UNIT_DIRECTORY = "/etc/systemd/system"
WANTED_BY = "local-fs.target"
DESCRIPTION = "tmpfs for the heartbeat files of Gunicorn's workers"
FLAGS = ("noatime", "nosuid", "nodev", "noexec")
MODE = 0o1777
# What mounts it at boot. systemd generates a unit of the same name from a line of /etc/fstab, so the rest is the same.
BY_UNIT, BY_FSTAB = BOOTS = ("unit", "fstab")
_PATH = re.compile(r"(/[A-Za-z0-9][A-Za-z0-9._-]*)+")
# Mounting over one of these would hide what the whole system uses.
_TAKEN = ("/run", "/tmp", "/var", "/home", "/srv", "/etc", "/opt", "/root", "/mnt", "/media", "/var/tmp", "/var/lib")
_SYSTEM = ("/dev", "/proc", "/sys", "/usr", "/boot", "/bin", "/sbin", "/lib", "/lib64")


@dataclass(frozen=True)
class Tmpfs:
    """The tmpfs as declared; the size is in bytes."""

    path: str
    size: int
    boot: str = BY_UNIT

    @property
    def unit(self) -> str:
        return mount_unit(self.path)

    @property
    def options(self) -> str:
        return ",".join([f"mode={MODE:o}", f"size={exact_size(self.size)}", *FLAGS])


@dataclass(frozen=True)
class Mount:
    """A mount as the kernel reports it; sizes are in bytes."""

    fstype: str
    flags: frozenset[str]
    size: Optional[int]
    mode: int
    used: int = 0


@dataclass(frozen=True)
class TmpfsState:
    """The state of the host: the mount on the path, all mount units in /etc/systemd/system, and /etc/fstab."""

    mount: Optional[Mount]
    units: Mapping[str, FileState]
    enabled: frozenset[str]
    fstab: Optional[FileState] = None


@dataclass(frozen=True)
class TmpfsPlan:
    files: tuple[FileChange, ...] = ()
    disable: tuple[str, ...] = ()
    enable: str = ""
    mount: Optional[Change] = None
    chmod: Optional[Change] = None
    reasons: tuple[str, ...] = ()

    @property
    def verb(self) -> str:
        """The systemctl verb for the mount unit; '' for none."""
        return _VERBS[self.mount.verb] if self.mount else ""

    @property
    def changes(self) -> list[Change]:
        enable = Change(ENABLE, self.enable, kind="not-enabled") if self.enable else None
        steps = [*(change.change("mount-unit") for change in self.files), enable, self.mount, self.chmod]
        return [step for step in steps if step]


_VERBS = {MOUNT: "start", REMOUNT: "reload"}


def check_path(variable: str, path: str) -> str:
    """Return the path, or raise InputError if a tmpfs must not or cannot be mounted on it."""
    if not _PATH.fullmatch(path) or posixpath.normpath(path) != path:
        raise InputError(
            variable,
            f"'{path}' is not a plain absolute path.",
            "Use only letters, digits, '.', '_' and '-', for example /run/gunicorn-worker-tmp.",
        )
    if path in _TAKEN or any(path == root or path.startswith(root + "/") for root in _SYSTEM):
        raise InputError(
            variable,
            f"'{path}' belongs to the system, and a mount would hide its contents.",
            "Choose a separate directory. To use an existing tmpfs such as /dev/shm, set"
            " gunicorn_host_worker_tmp_enabled to false and give the apps that path as worker_tmp_dir.",
        )
    if path.startswith(("/var/run/", "/var/lock/")):
        raise InputError(variable, f"'{path}' leads through a symbolic link.", f"Use {path[4:]}.")
    return path


def mount_unit(path: str) -> str:
    """Return the name that systemd requires for the mount unit of a path (systemd-escape --path)."""
    escaped = []
    for position, char in enumerate(path.strip("/")):
        plain = char.isascii() and (char.isalnum() or char in ":_" or (char == "." and position > 0))
        escaped.append("-" if char == "/" else char if plain else "".join(f"\\x{byte:02x}" for byte in char.encode()))
    return "".join(escaped) + ".mount"


def render_mount(tmpfs: Tmpfs) -> str:
    return render_unit(
        {
            "Unit": {"Description": DESCRIPTION},
            "Mount": {"What": "tmpfs", "Where": tmpfs.path, "Type": "tmpfs", "Options": tmpfs.options},
            "Install": {"WantedBy": WANTED_BY},
        }
    )


def is_own(unit: FileState) -> bool:
    return unit.content.startswith(MANAGED) and f"Description={DESCRIPTION}\n" in unit.content


def plan_tmpfs(desired: Optional[Tmpfs], current: TmpfsState, page: int = 4096) -> TmpfsPlan:
    """Return the plan for the mount and for what mounts it at boot; if `desired` is None, ours is removed.

    A live mount is never unmounted, because running workers may have files on it. Raise HostError if something that is
    not ours is in the way, or if more is stored on the tmpfs than its declared size.
    """
    keep = f"{UNIT_DIRECTORY}/{desired.unit}" if desired and desired.boot == BY_UNIT else ""
    stale = {path: unit for path, unit in sorted(current.units.items()) if path != keep and is_own(unit)}
    # Removals come last, so that at any moment a boot would mount it.
    changes = [
        plan_file(current.units.get(keep), DesiredFile(keep, render_mount(desired))) if desired and keep else None,
        _plan_fstab(desired, current),
        *(plan_absent(path, unit) for path, unit in stale.items()),
    ]
    files = tuple(change for change in changes if change)
    disable = tuple(posixpath.basename(path) for path in stale)
    reasons = tuple(_reasons(desired, current, disable))
    if desired is None:
        return TmpfsPlan(files, disable, reasons=reasons)
    enable = desired.unit if keep and desired.unit not in current.enabled else ""
    mount, chmod = _plan_mount(desired, current.mount, page)
    return TmpfsPlan(files, disable, enable, mount, chmod, reasons)


def _plan_fstab(desired: Optional[Tmpfs], current: TmpfsState) -> Optional[FileChange]:
    if desired is None or desired.boot != BY_FSTAB:
        return plan_fstab(current.fstab)
    unit = current.units.get(f"{UNIT_DIRECTORY}/{desired.unit}")
    if unit and not is_own(unit):
        raise HostError(
            f"{UNIT_DIRECTORY}/{desired.unit} was not created by this collection, and overrides any line of {FSTAB}"
            f" for {desired.path}.",
            "Nothing was changed. Remove that unit, or set gunicorn_host_worker_tmp_boot: unit to overwrite it.",
        )
    return plan_fstab(current.fstab, desired.path, desired.options)


def _reasons(desired: Optional[Tmpfs], current: TmpfsState, stale: Iterable[str]) -> Iterator[str]:
    text = current.fstab.content if current.fstab else ""
    for name in sorted({*stale, *map(mount_unit, own_paths(text))} - {desired.unit if desired else ""}):
        yield f"The file system that {name} mounted stays until the next boot: workers may have files on it."
    if desired and desired.boot == BY_UNIT and has_foreign(text, desired.path):
        yield f"Another line of {FSTAB} also mounts {desired.path}; the unit in {UNIT_DIRECTORY} overrides it."


def _plan_mount(desired: Tmpfs, mount: Optional[Mount], page: int) -> tuple[Optional[Change], Optional[Change]]:
    """Return the change that mounts or remounts it, and the change that sets its mode."""
    if mount is None:
        return Change(MOUNT, desired.path, kind="mount-missing", declared=f"tmpfs, {desired.options}"), None
    if mount.fstype != "tmpfs":
        raise HostError(
            f"{desired.path} cannot become a tmpfs: a file system of type {mount.fstype} is mounted there.",
            "Unmount it, or set gunicorn_host_worker_tmp_dir to another directory.",
        )
    if mount.used > desired.size:
        raise HostError(
            f"The tmpfs on {desired.path} already contains {exact_size(mount.used)}, so its size cannot be"
            f" {exact_size(desired.size)}.",
            "Nothing was changed. Delete its files, or set gunicorn_host_worker_tmp_size to a larger size.",
        )
    wrong = [f"without {flag}" for flag in FLAGS if flag not in mount.flags]
    wrong += ["read-only"] if "ro" in mount.flags else []
    # The kernel counts in whole pages.
    if mount.size != -(-desired.size // page) * page:
        wrong.insert(0, f"size={exact_size(mount.size)}" if mount.size else "without a size limit")
    chmod = None
    if mount.mode != MODE:
        chmod = Change(CHMOD, desired.path, kind="mount-mode", declared=f"{MODE:o}", running=f"{mount.mode:04o}")
    if not wrong:
        return None, chmod
    now = ", ".join(wrong)
    return Change(REMOUNT, desired.path, kind="mount-options", declared=desired.options, running=now), chmod
