# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accepted differences: entries with a reason and a date, and the findings sorted by them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import SEVERITIES, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.kinds import KINDS


class Accepted(NamedTuple):
    """Findings that are accepted until a date. `kind`, `subject` and `app` are patterns."""

    kind: str
    subject: str
    app: str
    reason: str
    until: str

    def matches(self, finding: Finding) -> bool:
        return all(
            fnmatchcase(value, pattern)
            for value, pattern in (
                (finding.kind, self.kind),
                (finding.subject, self.subject),
                (finding.app, self.app),
            )
        )


def accepted(where: str, entries: Iterable[Mapping[str, Any]]) -> list[Accepted]:
    """Return the declared entries; raise InputError for the first bad one. Each needs a reason and a date."""
    result = []
    for position, entry in enumerate(entries):
        place = f"{where}[{position}]"
        kind = str(entry.get("kind") or "*")
        if not any(fnmatchcase(known, kind) for known in KINDS):
            raise InputError(f"{place}.kind", f"'{kind}' is not a kind of drift.", did_you_mean(kind, KINDS))
        if not str(entry.get("reason") or "").strip():
            raise InputError(
                f"{place}.reason", "is missing.", "Say why this difference is accepted; the report shows it."
            )
        until = str(entry.get("until") or "")
        if not until:
            raise InputError(f"{place}.until", "is missing.", "Set the last day; after it the difference is reported.")
        if not _is_date(until):
            hint = "Example: '2027-01-31'; the difference is reported again from the day after."
            raise InputError(f"{place}.until", f"{until!r} is not a date.", hint)
        subject = str(entry.get("subject") or "*")
        app = "*" if entry.get("app") is None else str(entry["app"])
        result.append(Accepted(kind, subject, app, str(entry["reason"]), until))
    return result


def _is_date(text: str) -> bool:
    match = re.match(r"(\d{4})-(\d\d)-(\d\d)\Z", text)
    if not match:
        return False
    year, month, day = map(int, match.groups())
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return 1 <= month <= 12 and 1 <= day <= days[month - 1]


class Sorted(NamedTuple):
    """The sorted findings and entries. `unused` has entries that match no finding and are no longer needed."""

    new: list[Finding]
    ignored: list[dict[str, str]]
    expired: list[dict[str, str]]
    unused: list[dict[str, str]]


def sort_out(findings: Sequence[Finding], known: Sequence[Accepted], today: str) -> Sorted:
    """Sort the findings into new and accepted ones (with the reason), and find entries that have no effect.

    `today` is an ISO date.
    """
    new, ignored = [], []
    for finding in findings:
        entry = next((one for one in known if one.until >= today and one.matches(finding)), None)
        if entry is None:
            new.append(finding)
        else:
            ignored.append({**finding._asdict(), "reason": entry.reason, "until": entry.until})
    expired = [entry._asdict() for entry in known if entry.until < today]
    # A second entry for the same finding also counts as used: that it comes later is not a reason to drop it.
    unused = [entry._asdict() for entry in known if entry.until >= today and not any(map(entry.matches, findings))]
    new.sort(key=lambda one: (SEVERITIES.index(one.severity), one.app, one.kind, one.subject))
    return Sorted(new, ignored, expired, unused)
