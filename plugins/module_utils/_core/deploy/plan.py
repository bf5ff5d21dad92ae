# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of an app on its host, and the decisions about it: of a declaration and of a release alike."""

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
    """Decisions for one app; the effects do these and nothing else."""

    app: str
    create_user: bool = False
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
    activate: Mapping[str, Change] = field(default_factory=dict)  # by instance: its start, with the reason
    mends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by instance: what a start is to mend
    mended: frozenset[str] = frozenset()  # instances that are started for nothing but that
    finish: bool = False
    purge: bool = False
    remove_user: bool = False
    remove_home: bool = False
    changes: tuple[Change, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.changes)


def plan_units(texts: Mapping[str, str], found: Mapping[str, FileState]) -> list[FileChange]:
    """The unit files that differ from these texts; files of units that are not among them go."""
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
