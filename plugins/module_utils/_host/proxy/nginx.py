# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nginx on this host: read its files and its live state, change them, and restore everything if nginx refuses."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import FileChange, FileState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.plan import (
    DefaultSite,
    NginxPlan,
    NginxState,
    conffile_edited,
    first_error,
    not_included,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.shared import SHARED
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.site import Site
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.proxy.log_files import (
    change_logs,
    look_at_logs,
    remove_created_logs,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.proxy.tls_files import tls_files
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import (
    apply_changes,
    read_file,
    restore,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import (
    children_of,
    since_epoch,
    text_of,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Completed, Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd

WORKER = "nginx: worker process"
NOT_AT_BOOT = ("", "bad", "disabled", "enabled-runtime", "linked", "linked-runtime", "masked", "masked-runtime")
# The kernel timestamps files and processes in ticks of up to 10 ms.
TICKS = 0.02
RELOAD_LIMIT = 30.0


class Nginx:
    def __init__(self, runner: Runner, platform: Mapping[str, Any]) -> None:
        self._runner = runner
        self._systemd = Systemd(runner)
        self._platform = platform

    def http2_directive(self) -> bool:
        """Return whether this nginx has the directive `http2`; one that is not installed yet counts as recent."""
        if not self._installed():
            return True
        output = self._runner.run([self._platform["binary"], "-v"]).err
        found = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", output)
        return found is not None and tuple(int(part) for part in found.groups()) >= (1, 25, 1)

    def look(self, sites: Sequence[Site]) -> NginxState:
        files = self._files()
        if not self._installed():
            return NginxState(
                installed=False,
                files=files,
                default_site=self._default_site(),
                logs=look_at_logs(self._platform["log_directory"]),
            )
        service = self._platform["service"]
        unit = self._systemd.show([service], ["ActiveState", "UnitFileState", "MainPID"])[service]
        master = int(unit.get("MainPID") or 0)
        return NginxState(
            installed=True,
            files=files,
            default_site=self._default_site(),
            enabled=unit.get("UnitFileState", "") not in NOT_AT_BOOT,
            active=bool(master) and unit.get("ActiveState") in ("active", "reloading", "activating"),
            newer=self._newer(master, [*files, *tls_files(sites)]) if master else "",
            logs=look_at_logs(self._platform["log_directory"]),
        )

    def _installed(self) -> bool:
        return os.access(self._platform["binary"], os.X_OK)

    def _files(self) -> dict[str, FileState]:
        directory = self._platform["directory"]
        try:
            names = sorted(os.listdir(directory))
        except FileNotFoundError:
            return {}
        paths = [f"{directory}/{name}" for name in names if name == SHARED or re.fullmatch(r"gunicorn-.+\.conf", name)]
        return {path: state for path in paths if (state := read_file(path)) is not None}

    def _default_site(self) -> Optional[DefaultSite]:
        path = self._platform.get("default_site") or ""
        if not path:
            return None
        if not os.path.lexists(path):
            # Debian's package installs its default site only if there is no trace of an earlier installation.
            expected = not self._installed() and not os.path.exists(os.path.dirname(os.path.dirname(path)))
            return DefaultSite(path, self._platform["default_site_target"], edited=False) if expected else None
        target = os.path.realpath(path)
        untouched = os.path.islink(path) and target == self._platform["default_site_target"]
        return DefaultSite(path, target, edited=not untouched or self._edited(target))

    def _edited(self, path: str) -> bool:
        try:
            with open(path, "rb") as stream:
                digest = hashlib.md5(stream.read(), usedforsecurity=False).hexdigest()
            with open(self._platform["package_records"], encoding="utf-8", errors="replace") as stream:
                return conffile_edited(path, digest, stream.read())
        except FileNotFoundError:
            return True

    def _newer(self, master: int, paths: Iterable[str]) -> str:
        """Return the file that changed last if nginx's workers are older than that change, else ''."""
        started = workers(master).values()
        if not started:
            return ""
        directories = [self._platform["directory"]]
        if self._platform.get("default_site"):
            directories.append(os.path.dirname(self._platform["default_site"]))
        changed, path = max((changed_at(path), path) for path in [*paths, *directories])
        # A change in the future means that the clock was set back, and proves nothing.
        return path if min(started) + TICKS < changed <= time.time() else ""

    def apply(self, plan: NginxPlan) -> None:
        """Make every change, or raise HostError and make none.

        nginx must accept the files, and new workers must really run with them.
        """
        if not (plan.files or plan.logs or plan.default_site or plan.enable or plan.start or plan.reload):
            return
        try:
            # Before nginx reads the files: it would create the logs readable by everybody, even when it only tests.
            change_logs(plan.logs)
            apply_changes(plan.files)
            if plan.default_site:
                os.unlink(plan.default_site.path)
            if plan.start or plan.reload:
                self._test(plan.files)
            if plan.enable:
                self._systemd.do("enable", plan.service)
            if plan.start:
                self._start(plan.service)
            elif plan.reload:
                self._reload(plan.service)
        except HostError as exc:
            raise HostError(exc.cause, exc.evidence, self._restore(plan)) from exc
        except BaseException:
            self._restore(plan)
            raise

    def _test(self, changes: Sequence[FileChange]) -> None:
        done = self._check_configuration()
        if done.rc != 0:
            raise HostError(f"nginx rejected the new configuration: {first_error(done.err)}", done.err)
        unread = not_included([change.path for change in changes if change.after], done.out)
        if unread:
            raise HostError(
                f"nginx does not read {unread[0]}.",
                f"nginx.conf must have 'include {self._platform['directory']}/*.conf;' in its http block.",
            )

    def _check_configuration(self) -> Completed:
        # -T does the same as -t, and prints every file that it has read.
        return self._runner.run([self._platform["binary"], "-T"], check=False)

    def _start(self, service: str) -> None:
        log = self._platform["error_log"]
        offset = _size(log)
        try:
            self._systemd.do("start", service)
        except HostError as exc:
            logged = _read_from(log, offset)
            if "[emerg]" not in logged:
                raise
            raise HostError(f"nginx did not start: {first_error(logged)}", logged) from exc

    def _reload(self, service: str) -> None:
        """Reload and wait for new workers: `systemctl reload` returns before nginx has loaded its configuration."""
        master = int(self._systemd.show([service], ["MainPID"])[service]["MainPID"])
        before = set(workers(master))
        log = self._platform["error_log"]
        offset = _size(log)
        self._systemd.do("reload", service)
        deadline = time.monotonic() + RELOAD_LIMIT
        while before and not set(workers(master)) - before:
            logged = _read_from(log, offset)
            if "[emerg]" in logged or time.monotonic() > deadline:
                cause = first_error(logged) if logged else f"no new worker appeared within {RELOAD_LIMIT:g} s."
                raise HostError(f"nginx did not load the new configuration: {cause}", logged)
            time.sleep(0.01)

    def _restore(self, plan: NginxPlan) -> str:
        restore(plan.files)
        remove_created_logs(plan.logs)
        if plan.enable:
            self._runner.run(["systemctl", "disable", "--", plan.service], check=False)
        if plan.default_site and not os.path.lexists(plan.default_site.path):
            os.symlink(plan.default_site.target, plan.default_site.path)
        if not (plan.files or plan.logs or plan.default_site):
            return "No file was changed."
        done = self._check_configuration()
        if done.rc != 0:
            return f"The previous files were restored, but nginx rejects them, too: {first_error(done.err)}"
        return "The previous files were restored, and nginx accepts them."


def has_ipv6() -> bool:
    return os.path.exists("/proc/net/if_inet6")


def workers(master: int) -> dict[int, float]:
    """Return the workers that accept requests, with their start times; not those that only finish old requests."""
    working = (pid for pid in children_of(master) if text_of(pid, "cmdline").rstrip("\0 ") == WORKER)
    started = {pid: since_epoch(pid) for pid in working}
    return {pid: since for pid, since in started.items() if since}


def changed_at(path: str) -> float:
    """Return when content, owner or mode of a path or of its link target last changed. No tool can set that back."""
    try:
        return max(os.lstat(path).st_ctime, os.stat(path).st_ctime)
    except FileNotFoundError:
        return 0.0


def _size(path: str) -> int:
    return os.path.getsize(path) if os.path.exists(path) else 0


def _read_from(path: str, offset: int) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            stream.seek(offset)
            return stream.read()
    except FileNotFoundError:
        return ""
