# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One deploy of an app at a time. The lock file says who is deploying, and at which step."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.parse import (
    device_of_mount,
    is_held,
    number_of_mount,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.clock import now
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import read_text

PAUSE = 0.25


@contextlib.contextmanager
def deploy_lock(path: str, who: str, wait: float) -> Iterator[Callable[[str], None]]:
    """Hold the lock, and yield a function that publishes the current step.

    Wait up to `wait` seconds while another run holds it, then raise HostError.
    """
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as stream:
        _take(stream, path, wait)
        if not os.path.exists(path) or not os.path.samestat(os.fstat(stream.fileno()), os.stat(path)):
            raise HostError("another run removed this app in the meantime; this one did nothing. Run again.")
        about = {"pid": os.getpid(), "who": who, "since": now()}

        def tell(step: str) -> None:
            with contextlib.suppress(OSError):  # a full disk must not prevent a rollback
                os.ftruncate(stream.fileno(), 0)
                os.pwrite(stream.fileno(), json.dumps({**about, "step": step}).encode(), 0)

        tell("look")
        try:
            yield tell
        finally:
            os.ftruncate(stream.fileno(), 0)


def _take(stream: Any, path: str, wait: float) -> None:
    end = time.monotonic() + wait
    while True:
        try:
            return fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            if time.monotonic() >= end:
                waited = f" after {wait:g} s of waiting (gunicorn_apps_lock_wait)" if wait else ""
                raise HostError(
                    f"another deploy of this app is running{waited}; this one did nothing.", holder(path)
                ) from exc
            time.sleep(PAUSE)


def is_locked(path: str) -> bool:
    """Return whether a deploy is in progress. Taking the lock to find out could make a deploy that starts now fail."""
    try:
        place = _place(path)
        with open("/proc/locks", encoding="ascii") as stream:
            return is_held(stream.read(), place)
    except (OSError, ValueError):
        return False


def _place(path: str) -> str:
    """Return device and inode as /proc/locks has them. stat(2) names another device on btrfs and overlay file systems.

    Only root can open the file, and so lock it; other files may have the same inode number on other devices.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        inode = os.fstat(descriptor).st_ino
        mount = number_of_mount(read_text(f"/proc/self/fdinfo/{descriptor}") or "")
        device = device_of_mount(read_text("/proc/self/mountinfo") or "", mount)
        major, minor = device or _numbers(os.fstat(descriptor).st_dev)
    finally:
        os.close(descriptor)
    return f"{major:02x}:{minor:02x}:{inode}"


def _numbers(device: int) -> tuple[int, int]:
    return os.major(device), os.minor(device)


def wait_until_free(paths: Iterable[str], wait: float) -> str:
    """Wait up to `wait` seconds for running deploys. Return '' or, if one still runs, who started it.

    The locks are not taken: a run that only reads must not make a deploy fail.
    """
    end = time.monotonic() + wait
    while True:
        held = [path for path in paths if is_locked(path)]
        if not held:
            return ""
        if time.monotonic() >= end:
            return f"a deploy of {os.path.basename(os.path.dirname(held[0]))} is in progress. {holder(held[0])}"
        time.sleep(PAUSE)


def last_update(path: str) -> int:
    """Return when the lock file was last written (ns), which is at every step of a deploy; 0 if there is none."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def holder(path: str) -> str:
    """Say who holds the lock, since when and at which step; '' if nobody does."""
    try:
        with open(path, encoding="utf-8") as stream:
            about = json.load(stream)
    except (OSError, ValueError):
        return ""
    who, since, step, pid = about["who"] or "somebody", about["since"], about["step"], about["pid"]
    return f"It was started by {who} at {since} and is at the step '{step}' (process {pid})."
