# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The difference between the declared nginx and the one on the host, as a value."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import (
    ENABLE,
    INSTALL_PACKAGE,
    RELOAD,
    REMOVE,
    START,
    Change,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import (
    DesiredFile,
    FileChange,
    FileState,
    plan_absent,
    plan_file,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import WARNING, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.logs import LogChange, plan_logs
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.shared import SHARED
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import MANAGED

SITE = re.compile(r"/gunicorn-(?P<app>[^/]+)\.conf\Z")


@dataclass(frozen=True)
class DefaultSite:
    """The distribution's default site: a link to a file from the package."""

    path: str
    target: str
    edited: bool


@dataclass(frozen=True)
class NginxState:
    installed: bool
    files: Mapping[str, FileState]  # the shared file and every gunicorn-*.conf
    default_site: Optional[DefaultSite] = None
    enabled: bool = False
    active: bool = False
    newer: str = ""  # a file that changed after nginx read its configuration
    logs: Mapping[str, Optional[int]] = field(default_factory=dict)  # modes; None if it is not a regular file


@dataclass(frozen=True)
class DesiredNginx:
    """The declared state; `files` is empty if no app is served."""

    files: Mapping[str, str]
    declared: Collection[str]
    directory: str
    package: str
    service: str
    default_site: str
    prune: bool
    logs: Collection[str] = ()
    log_owner: str = "root"
    log_group: str = "root"


@dataclass(frozen=True)
class NginxPlan:
    service: str
    package: str = ""
    files: tuple[FileChange, ...] = ()
    default_site: Optional[DefaultSite] = None
    enable: bool = False
    start: bool = False
    reload: bool = False
    newer: str = ""
    findings: tuple[Finding, ...] = ()
    logs: tuple[LogChange, ...] = ()

    def changes(self, after_install: bool = False) -> list[Change]:
        """Return the changes since before this run; if installing the package started the service, that counts."""
        found = [Change(INSTALL_PACKAGE, self.package, kind="package-missing")] if self.package else []
        found += [change.change("nginx-file") for change in self.files]
        found += [change.change() for change in self.logs]
        if self.default_site:
            found.append(Change(REMOVE, self.default_site.path, kind="nginx-default-site", declared="absent"))
        fresh = after_install or bool(self.package)
        if self.enable or fresh:
            found.append(Change(ENABLE, self.service, kind="not-enabled"))
        if self.start or fresh:
            found.append(Change(START, self.service, kind="nginx-down"))
        elif self.reload and (self.files or self.default_site or self.reopens):
            found.append(Change(RELOAD, self.service))
        elif self.reload:
            why = f"it has not loaded the last change to {self.newer}"
            found.append(Change(RELOAD, self.service, why, "nginx-not-reloaded", disk=self.newer))
        return found

    @property
    def reopens(self) -> bool:
        """Whether nginx has to open a log that it does not write to yet."""
        return any(change.before is None for change in self.logs)

    def diffs(self) -> list[dict[str, Any]]:
        result = [*(change.diff() for change in self.files), *(change.diff() for change in self.logs)]
        if self.default_site:
            link = self.default_site
            result.append(
                {
                    "before_header": link.path,
                    "after_header": f"{link.path} (absent)",
                    "before": f"link to {link.target}\n",
                    "after": "",
                }
            )
        return result


def plan(current: NginxState, desired: DesiredNginx) -> NginxPlan:
    """Return what has to change, or raise HostError if that would replace or remove something that is not ours."""
    files = [plan_file(_ours(path, current), DesiredFile(path, text)) for path, text in desired.files.items()]
    removed, findings = _left_over(current, desired)
    changed = tuple(change for change in [*files, *removed] if change)
    logs = plan_logs(current.logs, desired.logs, desired.log_owner, desired.log_group)
    if not desired.files:
        reload = current.active and bool(changed or current.newer)
        return NginxPlan(
            desired.service, files=changed, reload=reload, newer=current.newer, findings=findings, logs=logs
        )
    site = _default_site(current, desired)
    opened = any(change.before is None for change in logs)
    reload = current.active and bool(changed or site or current.newer or opened)
    return NginxPlan(
        desired.service,
        package="" if current.installed else desired.package,
        files=changed,
        default_site=site,
        enable=not current.enabled,
        start=not current.active,
        reload=reload,
        newer=current.newer,
        findings=findings,
        logs=logs,
    )


def _ours(path: str, current: NginxState) -> Optional[FileState]:
    before = current.files.get(path)
    if before is not None and not before.content.startswith(MANAGED):
        raise HostError(
            f"{path} exists and was not created by this collection.",
            "It does not begin with the collection's marker. Rename or remove the file.",
        )
    return before


def _left_over(current: NginxState, desired: DesiredNginx) -> tuple[list[Optional[FileChange]], tuple[Finding, ...]]:
    removed, findings = [], []
    for path, before in sorted(current.files.items()):
        match = SITE.search(path)
        if path in desired.files or not match or not before.content.startswith(MANAGED):
            continue
        app = match.group("app")
        if app in desired.declared or desired.prune:
            removed.append(plan_absent(path, before))
        else:
            seen = f"it belongs to the app '{app}', which is not declared."
            fix = "Declare it with state: absent, or set gunicorn_proxy_prune: true."
            findings.append(Finding("nginx-undeclared-site", WARNING, path, seen=seen, fix=fix))
    # The shared file is removed last, because the sites of undeclared apps use it, too.
    shared = f"{desired.directory}/{SHARED}"
    if shared in current.files and not desired.files and not findings:
        removed.append(plan_absent(shared, _ours(shared, current)))
    return removed, tuple(findings)


def _default_site(current: NginxState, desired: DesiredNginx) -> Optional[DefaultSite]:
    site = current.default_site
    if desired.default_site == "keep" or site is None:
        return None
    if site.edited:
        raise HostError(
            f"{site.path} differs from what the distribution ships, so it may be your own site and is not removed.",
            f"It links to {site.target}. Set gunicorn_proxy_default_site: keep to keep it, "
            "or rename it and remove 'default_server' from it.",
        )
    return site


def conffile_edited(path: str, digest: str, status: str) -> bool:
    """Return whether a file differs from its package's, according to dpkg; unknown files count as edited."""
    return f"\n {path} {digest}\n" not in status


def first_error(output: str) -> str:
    """Return the line of nginx's output that names the cause."""
    for line in output.splitlines():
        if "[emerg]" in line:
            return line.partition("[emerg]")[2].strip().lstrip("0123456789#: ").strip()
    return output.strip().splitlines()[-1] if output.strip() else "nginx gave no reason."


def not_included(paths: Collection[str], dump: str) -> list[str]:
    """Return the files that nginx did not read, according to the output of `nginx -T`."""
    return [path for path in paths if f"# configuration file {path}:" not in dump]
