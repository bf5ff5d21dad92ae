# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read and set kernel settings: the live values in /proc/sys, and those for the next boot in sysctl.d."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean, nearest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.boot_files import Boot, boot_order
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.plan import (
    LiveChange,
    LiveValue,
    Owner,
    SysctlPlan,
    plan_sysctl,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.settings import (
    NOT_IN_CONTAINERS,
    REMOVED,
    Setting,
    machine_wide,
    proc_path,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import apply_changes, read_file

# sysctl.d(5): a file in an earlier directory hides the one of the same name in a later one.
DIRECTORIES = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d")
CLASSIC = "/etc/sysctl.conf"


def look(owner: Owner, settings: Sequence[Setting]) -> SysctlPlan:
    """Compare the settings with the kernel and with what the next boot will set."""
    contained = in_container()
    live = {setting.key: read_live(setting.key, contained) for setting in settings}
    return plan_sysctl(owner, settings, live, read_boot(owner.path), read_file(owner.path))


def in_container() -> bool:
    return any(os.path.exists(path) for path in ("/run/systemd/container", "/run/.containerenv", "/.dockerenv"))


def read_live(key: str, contained: bool) -> LiveValue:
    path = proc_path(key)
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            value = " ".join(stream.read().split())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        if contained and key in NOT_IN_CONTAINERS:
            return LiveValue(None, NOT_IN_CONTAINERS[key])
        hint = REMOVED.get(key) or _nearest(key)
        return LiveValue(None, f"This kernel has no such key, or its module is not loaded. {hint}".rstrip())
    except OSError as exc:
        return LiveValue(None, f"It cannot be read: {exc.strerror}.")
    if contained and machine_wide(key):
        return LiveValue(value, "All containers on a machine share it: set it on the container's host.")
    if not os.access(path, os.W_OK):
        return LiveValue(value, "/proc/sys is not writable here, as in an unprivileged container.")
    return LiveValue(value)


def _nearest(key: str) -> str:
    known = []
    for directory, _children, files in os.walk("/proc/sys"):
        prefix = directory[len("/proc/sys/") :].replace("/", ".")
        known += [f"{prefix}.{name}" for name in files]
    return did_you_mean(key, known) if nearest(key, known) else ""


def read_boot(own: str) -> Boot:
    """Read every file that sets kernel settings at boot; `own` is the path of our file."""
    names: dict[str, str] = {}
    for directory in DIRECTORIES:
        try:
            entries = os.listdir(directory)
        except OSError:
            continue
        for entry in entries:
            if entry.endswith(".conf"):
                names.setdefault(entry, f"{directory}/{entry}")
    paths = list(names.values())
    if not any(os.path.realpath(path) == CLASSIC for path in paths):
        paths.append(CLASSIC)
    return boot_order({path: _text(path) for path in paths}, own)


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""


def apply(plan: SysctlPlan, settings: Sequence[Setting]) -> None:
    """Set the live values, then write the file: it must not contain a value that the kernel refuses.

    Raise HostError, after restoring the live values, if the kernel refuses one or the file cannot be written.
    """
    done: list[LiveChange] = []
    for change in plan.live:
        try:
            _write(change.key, change.after)
        except OSError as exc:
            raise HostError(
                f"The kernel refused {change.key} = {change.after}: {exc.strerror}.",
                f"It is still {change.before}.",
                _restore(done),
            ) from exc
        done.append(change)
        _verify(change, settings, done)
    if not plan.file:
        return
    try:
        apply_changes([plan.file])
    except OSError as exc:
        # Without the file, the next boot would silently lose the live values.
        raise HostError(f"{plan.file.path} cannot be written: {exc.strerror}.", "", _restore(done)) from exc


def _verify(change: LiveChange, settings: Iterable[Setting], done: Sequence[LiveChange]) -> None:
    now = read_live(change.key, False).value
    if not any(setting.key == change.key and now and setting.satisfied_by(now) for setting in settings):
        raise HostError(
            f"The kernel accepted {change.key} = {change.after} without an error, but its value is {now}.",
            f"It was {change.before} before.",
            _restore(done),
        )


def _restore(done: Sequence[LiveChange]) -> str:
    for change in reversed(done):
        try:
            _write(change.key, change.before)
        except OSError as exc:
            return f"{change.key} could not be restored to {change.before}: {exc.strerror}."
    return "Restored: " + ", ".join(f"{change.key} = {change.before}" for change in done) + "." if done else ""


def _write(key: str, value: str) -> None:
    with open(proc_path(key), "w", encoding="utf-8") as stream:
        stream.write(value + "\n")
