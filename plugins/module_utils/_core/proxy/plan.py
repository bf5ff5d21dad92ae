# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The difference between the nginx that is declared and the one that runs, as a value."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
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
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.shared import SHARED
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import MANAGED

SITE = re.compile(r"/gunicorn-(?P<app>[^/]+)\.conf\Z")


@dataclass(frozen=True)
class DefaultSite:
    """The distribution's default site: a link to a file that the package brought."""

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
    newer: str = ""  # a file that changed after nginx had read its configuration


@dataclass(frozen=True)
class Wanted:
    """What the declaration asks for; `files` is empty where no app is to be served."""

    files: Mapping[str, str]
    declared: Collection[str]
    directory: str
    package: str
    service: str
    default_site: str
    prune: bool


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

    def changes(self, after_install: bool = False) -> list[Change]:
        """What changes, as against the host before this run: a package's own start of its service is ours."""
        found = [Change(INSTALL_PACKAGE, self.package, kind="package-missing")] if self.package else []
        found += [change.change("nginx-file") for change in self.files]
        if self.default_site:
            found.append(Change(REMOVE, self.default_site.path, kind="nginx-default-site", declared="absent"))
        fresh = after_install or bool(self.package)
        if self.enable or fresh:
            found.append(Change(ENABLE, self.service, kind="not-enabled"))
        if self.start or fresh:
            found.append(Change(START, self.service, kind="nginx-down"))
        elif self.reload and (self.files or self.default_site):
            found.append(Change(RELOAD, self.service))
        elif self.reload:
            why = f"it runs without the last change of {self.newer}"
            found.append(Change(RELOAD, self.service, why, "nginx-not-reloaded", disk=self.newer))
        return found

    def diffs(self) -> list[dict[str, Any]]:
        result = [change.diff() for change in self.files]
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


def plan(current: NginxState, wanted: Wanted) -> NginxPlan:
    """Return what has to change, or raise HostError where that would take something that is not ours."""
    files = [plan_file(_ours(path, current), DesiredFile(path, text)) for path, text in wanted.files.items()]
    removed, findings = _left_over(current, wanted)
    changed = tuple(change for change in [*files, *removed] if change)
    if not wanted.files:
        reload = current.active and bool(changed or current.newer)
        return NginxPlan(wanted.service, files=changed, reload=reload, newer=current.newer, findings=findings)
    site = _default_site(current, wanted)
    reload = current.active and bool(changed or site or current.newer)
    return NginxPlan(
        wanted.service,
        package="" if current.installed else wanted.package,
        files=changed,
        default_site=site,
        enable=not current.enabled,
        start=not current.active,
        reload=reload,
        newer=current.newer,
        findings=findings,
    )


def _ours(path: str, current: NginxState) -> Optional[FileState]:
    before = current.files.get(path)
    if before is not None and not before.content.startswith(MANAGED):
        raise HostError(
            f"{path} exists and is not of this collection's making.",
            "Its first line lacks the mark of ownership; rename or remove the file.",
        )
    return before


def _left_over(current: NginxState, wanted: Wanted) -> tuple[list[Optional[FileChange]], tuple[Finding, ...]]:
    removed, findings = [], []
    for path, before in sorted(current.files.items()):
        match = SITE.search(path)
        if path in wanted.files or not match or not before.content.startswith(MANAGED):
            continue
        app = match.group("app")
        if app in wanted.declared or wanted.prune:
            removed.append(plan_absent(path, before))
        else:
            seen = f"it belongs to the app '{app}', which is not declared."
            fix = "Declare it with state: absent, or set gunicorn_proxy_prune: true."
            findings.append(Finding("nginx-undeclared-site", WARNING, path, seen=seen, fix=fix))
    # The shared file goes last: the sites of undeclared apps use it as well.
    shared = f"{wanted.directory}/{SHARED}"
    if shared in current.files and not wanted.files and not findings:
        removed.append(plan_absent(shared, _ours(shared, current)))
    return removed, tuple(findings)


def _default_site(current: NginxState, wanted: Wanted) -> Optional[DefaultSite]:
    site = current.default_site
    if wanted.default_site == "keep" or site is None:
        return None
    if site.edited:
        raise HostError(
            f"{site.path} is not as the distribution ships it, so it is somebody's own site and stays.",
            f"It links to {site.target}. Set gunicorn_proxy_default_site: keep to live beside it, "
            "or rename it and take 'default_server' out of it.",
        )
    return site


def conffile_edited(path: str, digest: str, status: str) -> bool:
    """Whether a file differs from what its package brought, by dpkg's own records; unknown files do."""
    return f"\n {path} {digest}\n" not in status


def first_error(said: str) -> str:
    """Return the line of nginx's output that names the cause."""
    for line in said.splitlines():
        if "[emerg]" in line:
            return line.partition("[emerg]")[2].strip().lstrip("0123456789#: ").strip()
    return said.strip().splitlines()[-1] if said.strip() else "nginx gave no reason."


def not_included(paths: Collection[str], dump: str) -> list[str]:
    """Return the files that nginx did not read, told from what `nginx -T` prints."""
    return [path for path in paths if f"# configuration file {path}:" not in dump]
