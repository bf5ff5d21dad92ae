# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan: what a run will do to one app, whether it deploys a declaration or goes back to a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import (
    DesiredFile,
    FileChange,
    FileState,
    plan_absent,
    plan_file,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import UNITS


@dataclass(frozen=True)
class Plan:
    """The decisions for one app; a run carries out these and nothing else."""

    app: str
    create_user: bool = False
    create_build_user: bool = False
    create_home: bool = False
    add_source: bool = False
    build_venv: bool = False
    add_release: bool = False
    build: bool = False
    release: Optional[str] = None
    files: tuple[FileChange, ...] = ()
    remove_units: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    renew_sockets: tuple[str, ...] = ()
    start_sockets: tuple[str, ...] = ()
    activate: Mapping[str, Change] = field(default_factory=dict)  # by instance: its start or restart, with the reason
    fixes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by instance: the differences a restart removes
    restarted_to_fix: frozenset[str] = frozenset()  # instances that are restarted only because of these differences
    finish: bool = False
    purge: bool = False
    remove_user: bool = False
    remove_build_user: bool = False
    remove_home: bool = False
    changes: tuple[Change, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.changes)


def plan_units(texts: Mapping[str, str], found: Mapping[str, FileState]) -> list[FileChange]:
    """Return the changes that make the unit files equal to these texts and remove all other unit files."""
    changes = []
    for unit, text in texts.items():
        path = f"{UNITS}/{unit}"
        change = plan_file(found.get(path), DesiredFile(path, text))
        changes += [change] if change else []
    for path in sorted(found):
        if path.rpartition("/")[2] not in texts:
            change = plan_absent(path, found[path])
            changes += [change] if change else []
    return changes
