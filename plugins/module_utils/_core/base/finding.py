# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One thing that somebody should know, as a record: of settings, of the kernel, of nginx, of drift. Every report is
made of these.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)


class Finding(NamedTuple):
    """Texts for people. `app` is '' for what belongs to the host, `since` an ISO time where it is known.

    `subject` is the variable, path, unit or kernel setting that the finding is about. `seen` says in a sentence what is
    so, where `declared`, `disk` and `running` do not; it continues the subject. `fix` is what to set or to run.
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
        """What is known of it, in the words of all reports."""
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
        """Sorts by app, the worst first."""
        return (self.app, SEVERITIES.index(self.severity), self.kind, self.subject)


def warnings_of(findings: Iterable[Finding]) -> list[str]:
    """The findings that a run prints as warnings, each once."""
    return list(dict.fromkeys(str(one) for one in findings if one.severity == WARNING))
