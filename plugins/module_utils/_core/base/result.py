# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module returns, as values: changes, findings, and the reason of a failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import Failure
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.scrub import scrub_all


@dataclass
class Result:
    """What a module's `run` returns. `changes` and `findings` are None if the module does not report any.

    `values` are the module's own return values, `parts` and `apps` the results that it combines, `secrets` the values
    that must not appear in any text.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    changes: Optional[Sequence[Change]] = None
    diff: Sequence[Mapping[str, Any]] = ()
    findings: Optional[Sequence[Finding]] = None
    warnings: Sequence[str] = ()
    needs: Mapping[str, Any] = field(default_factory=dict)
    failure: Optional[Failure] = None
    parts: Mapping[str, Result] = field(default_factory=dict)
    apps: Optional[Mapping[str, Result]] = None
    secrets: Sequence[str] = ()

    @property
    def changed(self) -> bool:
        return bool(self.changes) or any(app.changed for app in (self.apps or {}).values())

    def lines(self) -> list[str]:
        """Return what was changed, or would be, as text."""
        own = [str(change) for change in self.changes or ()]
        return own + [f"{name}: {line}" for name, app in (self.apps or {}).items() for line in app.lines()]

    def data(self) -> dict[str, Any]:
        """Return the dictionary for Ansible, with each part under its own name."""
        data: dict[str, Any] = {"changed": self.changed}
        if self.changes is not None:
            data |= {"changes": self.lines(), "diff": list(self.diff)}
        if self.findings is not None:
            data["findings"] = [finding._asdict() for finding in self.findings]
        if self.warnings:
            data["warnings"] = list(self.warnings)
        if self.needs:
            data["needs"] = dict(self.needs)
        if self.failure:
            data |= {"failed": True, "msg": str(self.failure), "failure": self.failure._asdict()}
        data |= {**self.values, **{name: part.data() for name, part in self.parts.items()}}
        if self.apps is not None:
            data["apps"] = {name: {"failed": False, **app.data()} for name, app in self.apps.items()}
            for app in data["apps"].values():
                data["diff"] += app.pop("diff")
                app.pop("msg", None)  # its failure has all of it, and the message of the whole the cause
        return dict(scrub_all(data, self.secrets))
