# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`uv`, the installer of the apps' dependencies: one binary in a directory named by its version, and a link to it.

The link is moved by rename, so at every moment there is either the old binary or the new one behind it.
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
    """What is in the directory: its entries, where the link points, and the versions with a binary that can run."""

    entries: frozenset[str] = frozenset()
    link: str = ""
    complete: frozenset[str] = frozenset()


@dataclass(frozen=True)
class UvPlan:
    version: str
    install: bool
    link: bool
    remove: tuple[str, ...]
    was: str = ""

    @property
    def changes(self) -> list[Change]:
        name = f"uv {self.version}"
        steps = [Change(INSTALL, name, kind="installer")] if self.install else []
        if self.link:
            kind = "" if self.install else "installer"
            steps.append(Change(LINK_TO, LINK, kind=kind, declared=name, disk=self.was))
        return steps + [Change(REMOVE, f"{ROOT}/{one}", kind="installer", declared="absent") for one in self.remove]

    @property
    def diffs(self) -> list[dict[str, Any]]:
        if not (self.install or self.link):
            return []
        before = f"uv {self.was}\n" if self.was else ""
        return [{"before_header": LINK, "after_header": LINK, "before": before, "after": f"uv {self.version}\n"}]


def check_version(variable: str, version: str) -> str:
    if not _VERSION.fullmatch(str(version)):
        raise InputError(variable, f"'{version}' is not a full version.", "Pin one release, for example 0.13.8.")
    return str(version)


def directory(version: str) -> str:
    return f"uv-{version}"


def plan_uv(version: str, current: UvState) -> UvPlan:
    """Return what makes the link lead to this version, and leaves no other version or half a build behind."""
    name = directory(version)
    target = f"{name}/uv"
    install = version not in current.complete
    stale = sorted(entry for entry in current.entries if _OWN.fullmatch(entry) and entry != name)
    was = current.link.partition("/")[0][len("uv-") :] if current.link.startswith("uv-") else ""
    return UvPlan(version, install, current.link != target, tuple(stale), was if was != version else "")
