# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files as values: the desired state, the current state, and the difference between the two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import (
    CREATE,
    OWN,
    REMOVE,
    UPDATE,
    Change,
)

HIDDEN = "(secret content not shown)\n"
_WRITTEN = "as the role writes it"


@dataclass(frozen=True)
class FileState:
    """A regular file as it is on the host."""

    content: str
    mode: int
    owner: str
    group: str


@dataclass(frozen=True)
class DesiredFile:
    """A regular file as declared. If it is `secret`, no diff and no result shows its content."""

    path: str
    content: str
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    secret: bool = False


@dataclass(frozen=True)
class FileChange:
    """Write one file, or remove it if `after` is None."""

    path: str
    before: Optional[FileState]
    after: Optional[DesiredFile]

    def change(self, kind: str) -> Change:
        """Return the change as a record; `kind` is the drift kind that it corrects."""
        if self.after is None:
            return Change(REMOVE, self.path, kind=kind, declared="absent", disk="present")
        if self.before is None:
            return Change(CREATE, self.path, kind=kind, declared=_WRITTEN, disk="is missing")
        if self.before.content != self.after.content:
            return Change(UPDATE, self.path, kind=kind, declared=_WRITTEN, disk="differs")
        return Change(OWN, self.path, kind=kind, declared=_WRITTEN, disk="has a different owner or mode")

    @property
    def content_changed(self) -> bool:
        before = None if self.before is None else self.before.content
        after = None if self.after is None else self.after.content
        return before != after

    def diff(self) -> dict[str, Any]:
        secret = self.after is not None and self.after.secret
        return {
            "before_header": self.path if self.before else f"{self.path} (absent)",
            "after_header": self.path if self.after else f"{self.path} (absent)",
            "before": _shown(self.before.content, secret) + _attributes(self.before) if self.before else "",
            "after": _shown(self.after.content, secret, self.content_changed) + _attributes(self.after)
            if self.after
            else "",
        }


def _shown(content: str, secret: bool, changed: bool = False) -> str:
    if not secret:
        return content if content.endswith("\n") or not content else content + "\n"
    return "(new " + HIDDEN[1:] if changed else HIDDEN


def _attributes(file: FileState | DesiredFile) -> str:
    return f"# owner={file.owner} group={file.group} mode={file.mode:04o}\n"


def plan_file(before: Optional[FileState], desired: DesiredFile) -> Optional[FileChange]:
    """Return the change that brings the file into the desired state, or None if it already is."""
    same = (
        before is not None
        and before.content == desired.content
        and before.mode == desired.mode
        and before.owner == desired.owner
        and before.group == desired.group
    )
    return None if same else FileChange(desired.path, before, desired)


def plan_absent(path: str, before: Optional[FileState]) -> Optional[FileChange]:
    """Return the change that removes the file, or None if it does not exist."""
    return None if before is None else FileChange(path, before, None)
