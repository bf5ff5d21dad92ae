# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`uv`, the installer of the apps' dependencies: one binary in a directory named after its version, and a link to it.

The link is replaced by rename, so it always points to either the old binary or the new one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import INSTALL, LINK_TO, REMOVE, Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import TOOLS, UV

ROOT = TOOLS
LINK = UV
BUILD_PREFIX = ".uv-build-"
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+((a|b|rc)[0-9]+)?")
_OWN = re.compile(rf"uv-{_VERSION.pattern}|{re.escape(BUILD_PREFIX)}.*|uv\.tmp")


@dataclass(frozen=True)
class UvState:
    """The state of the directory: its entries, the target of the link, and the versions with an executable binary."""

    entries: frozenset[str] = frozenset()
    link: str = ""
    complete: frozenset[str] = frozenset()


@dataclass(frozen=True)
class UvPlan:
    version: str
    install: bool
    link: bool
    remove: tuple[str, ...]
    previous: str = ""

    @property
    def changes(self) -> list[Change]:
        name = f"uv {self.version}"
        steps = [Change(INSTALL, name, kind="installer")] if self.install else []
        if self.link:
            kind = "" if self.install else "installer"
            steps.append(Change(LINK_TO, LINK, kind=kind, declared=name, disk=self.previous))
        return steps + [Change(REMOVE, f"{ROOT}/{one}", kind="installer", declared="absent") for one in self.remove]

    @property
    def diffs(self) -> list[dict[str, Any]]:
        if not (self.install or self.link):
            return []
        before = f"uv {self.previous}\n" if self.previous else ""
        return [{"before_header": LINK, "after_header": LINK, "before": before, "after": f"uv {self.version}\n"}]


def check_version(variable: str, version: str) -> str:
    """Return the version, or raise InputError unless it is a full one."""
    if not _VERSION.fullmatch(str(version)):
        raise InputError(variable, f"'{version}' is not a full version.", "Pin one release, for example 0.13.8.")
    return str(version)


def directory(version: str) -> str:
    return f"uv-{version}"


def plan_uv(version: str, current: UvState) -> UvPlan:
    """Return the plan that points the link to this version, and removes other versions and unfinished builds."""
    name = directory(version)
    target = f"{name}/uv"
    install = version not in current.complete
    stale = sorted(entry for entry in current.entries if _OWN.fullmatch(entry) and entry != name)
    linked = current.link.partition("/")[0][len("uv-") :] if current.link.startswith("uv-") else ""
    return UvPlan(version, install, current.link != target, tuple(stale), linked if linked != version else "")
