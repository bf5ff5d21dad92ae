# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A finding about settings, the kernel, nginx or drift, as a record. All reports are made of these."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)


class Finding(NamedTuple):
    """A problem, in texts for people. `app` is '' for the host itself; `since` is an ISO time, or '' if unknown.

    `subject` is the variable, path, unit or kernel setting that the finding is about. `seen` states the problem as a
    continuation of the subject, if `declared`, `disk` and `running` do not. `fix` is what to set or run.
    """

    kind: str
    severity: str
    subject: str
    declared: str = ""
    disk: str = ""
    running: str = ""
    since: str = ""
    fix: str = ""
    app: str = ""
    seen: str = ""

    def __str__(self) -> str:
        return f"{self.subject}: {self.seen} {self.fix}".strip()

    def states(self) -> list[tuple[str, str]]:
        """Return the known states, with the labels that all reports use."""
        named = (
            ("seen", self.seen),
            ("declared", self.declared),
            ("on disk", self.disk),
            ("running", self.running),
            ("since", self.since),
        )
        return [(name, value) for name, value in named if value]

    def title(self) -> str:
        return " ".join(filter(None, (self.app, self.kind, self.subject)))

    def order(self) -> tuple[str, int, str, str]:
        """Return the sort key: by app, the most severe first."""
        return (self.app, SEVERITIES.index(self.severity), self.kind, self.subject)


def warnings_of(findings: Iterable[Finding]) -> list[str]:
    """Return the findings that a run prints as warnings, without duplicates."""
    return list(dict.fromkeys(str(one) for one in findings if one.severity == WARNING))
