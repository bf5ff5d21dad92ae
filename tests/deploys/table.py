# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One row for each thing that was tried, what it had to keep to, and how that reads. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Optional

from measure import Summary

COLUMNS = (
    "what",
    "worker class",
    "deploys",
    "sent",
    "failed",
    "p50",
    "p99",
    "slowest",
    "client late",
    "s/deploy",
    "verdict",
)
TEXT = 2  # the first columns and the last are text, the others numbers
LATE = 50.0


@dataclass(frozen=True)
class Limits:
    """What a row must keep to; the row says so."""

    failed: int = 0
    slowest: Optional[float] = None

    def __str__(self) -> str:
        parts = [f"{self.failed} failed"]
        if self.slowest is not None:
            parts.append(f"slowest ≤ {self.slowest:.0f} ms")
        return ", ".join(parts)


@dataclass(frozen=True)
class Row:
    """What happened. Without limits it is only for comparison."""

    section: str
    what: str
    worker_class: str
    summary: Summary = field(default_factory=Summary)
    seconds: Sequence[float] = ()
    limits: Optional[Limits] = None
    wrong: Sequence[str] = ()
    said: str = ""

    @property
    def missed(self) -> list[str]:
        """Which limits were missed; for comparison there are none to miss."""
        if self.limits is None:
            return []
        found = []
        if not self.summary.sent:
            found.append("nothing was sent")
        if self.summary.failures > self.limits.failed:
            found.append(f"{self.summary.failures} failed")
        slowest = self.summary.slowest
        if self.limits.slowest is not None and slowest is not None and slowest > self.limits.slowest:
            found.append(f"slowest {slowest:.0f} ms")
        return [*found, *self.wrong]

    @property
    def verdict(self) -> str:
        if self.limits is None:
            return "; ".join(["for comparison", *self.wrong])
        if self.missed:
            return f"FAIL: {'; '.join(self.missed)} (limit: {self.limits})"
        return f"ok ({self.limits})"

    def cells(self) -> list[str]:
        """The row as text, by COLUMNS."""
        seen = self.summary
        return [
            self.what,
            self.worker_class,
            str(len(self.seconds)),
            str(seen.sent),
            _reasons(seen),
            _milliseconds(seen.p50),
            _milliseconds(seen.p99),
            _milliseconds(seen.slowest),
            _milliseconds(seen.late),
            f"{median(self.seconds):.1f}" if self.seconds else "",
            self.verdict,
        ]


def _reasons(summary: Summary) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in summary.failed.items())
    return f"{summary.failures} ({reasons})" if reasons else "0"


def _milliseconds(value: Optional[float]) -> str:
    if value is None:
        return "–"
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _first(said: str, length: int = 240) -> str:
    """As much of the first lines as fits into one."""
    text = " ".join(said.split()).replace("`", "'")
    return text if len(text) <= length else text[: length - 1] + "…"


def notes(rows: Iterable[Row]) -> list[str]:
    """Where the client itself was late: a reader must be able to tell the machine's noise from the deploy's stall."""
    return [
        f"{row.section} {row.what} ({row.worker_class}): the client itself was up to {row.summary.late:.0f} ms late; "
        f"while the slowest request was under way, {row.summary.late_in_slowest:.0f} of its "
        f"{row.summary.slowest or 0:.0f} ms."
        for row in rows
        if row.summary.late > LATE
    ]


def _item(text: str) -> str:
    """An item of a list, wrapped as the pages are."""
    return textwrap.fill(f"* {text}", 120, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def markdown(rows: Sequence[Row]) -> str:
    """The whole table, a part for each section, for a page."""
    lines: list[str] = []
    for section in dict.fromkeys(row.section for row in rows):
        lines += ["", f"**{section}**", "", f"| {' | '.join(COLUMNS)} |"]
        lines.append("|" + "---|" * TEXT + "--:|" * (len(COLUMNS) - TEXT - 1) + "---|")
        lines += [
            f"| {' | '.join(cell.replace('|', '/') for cell in row.cells())} |"
            for row in rows
            if row.section == section
        ]
        said = [_item(f"{row.what}: `{_first(row.said)}`") for row in rows if row.section == section and row.said]
        lines += ["", "The beginning of each message:", "", *said] if said else []
    late = notes(rows)
    if late:
        lines += ["", "Late client:", "", *map(_item, late)]
    return "\n".join(lines).strip() + "\n"


WIDTHS = (44, 13, 7, 6, 6, 5, 6, 7, 11, 8, 0)


def line(cells: Sequence[str]) -> str:
    """One row for a terminal; wider cells push the rest to the right rather than lose a figure."""
    last = len(cells) - 1
    return "  ".join(
        cell.ljust(WIDTHS[at]) if at < TEXT or at == last else cell.rjust(WIDTHS[at]) for at, cell in enumerate(cells)
    ).rstrip()


def total(rows: Sequence[Row]) -> tuple[int, int]:
    """How many rows kept to their limits, and how many did not."""
    judged = [row for row in rows if row.limits is not None]
    bad = sum(bool(row.missed) for row in judged)
    return len(judged) - bad, bad
