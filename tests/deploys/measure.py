# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client saw, as numbers. Pure: samples in, summary out."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Optional

OK = "ok"
WORST = 10


@dataclass(frozen=True)
class Sample:
    """One request. `scheduled` and `sent` are seconds of the monotonic clock, `latency` counts from `scheduled`."""

    kind: str
    scheduled: float
    sent: float
    latency: float
    outcome: str
    version: str = ""

    @property
    def late(self) -> float:
        """How much later than planned the client came to send it."""
        return self.sent - self.scheduled


@dataclass(frozen=True)
class Seen:
    """Which requests a version answered; times are those at which they were due."""

    answers: int
    first: float
    last: float


@dataclass(frozen=True)
class Summary:
    """One load, seen from outside. Times in milliseconds; latencies are those of answered requests."""

    sent: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    p50: Optional[float] = None
    p99: Optional[float] = None
    slowest: Optional[float] = None
    late: float = 0.0
    late_in_slowest: float = 0.0
    versions: dict[str, Seen] = field(default_factory=dict)
    worst: list[dict[str, Any]] = field(default_factory=list)

    @property
    def failures(self) -> int:
        return sum(self.failed.values())


def percentile(ordered: Sequence[float], share: float) -> float:
    """The nearest rank: a value that was really measured, never one between two."""
    return ordered[max(math.ceil(len(ordered) * share / 100), 1) - 1]


def summarize(samples: Sequence[Sample]) -> Summary:
    """Count and rank; the order of the samples does not matter."""
    if not samples:
        return Summary()
    by_time = sorted(samples, key=lambda sample: sample.scheduled)
    due = [sample.scheduled for sample in by_time]
    answered = sorted((sample for sample in samples if sample.outcome == OK), key=lambda sample: sample.latency)
    latencies = [sample.latency * 1000 for sample in answered]

    def late_during(one: Sample) -> float:
        """The client's worst lag while a request was on its way: it would have read the answer late as well."""
        during = by_time[bisect_left(due, one.scheduled) : bisect_right(due, one.scheduled + one.latency)]
        return max(sample.late for sample in during) * 1000

    versions: dict[str, list[float]] = {}
    for sample in by_time:
        if sample.outcome == OK:
            versions.setdefault(sample.version, []).append(sample.scheduled)
    bad = [sample for sample in by_time if sample.outcome != OK]
    return Summary(
        sent=len(samples),
        failed=dict(sorted(Counter(sample.outcome for sample in bad).items())),
        p50=percentile(latencies, 50) if latencies else None,
        p99=percentile(latencies, 99) if latencies else None,
        slowest=latencies[-1] if latencies else None,
        late=max(sample.late for sample in samples) * 1000,
        late_in_slowest=late_during(answered[-1]) if answered else 0.0,
        versions={name: Seen(len(times), times[0], times[-1]) for name, times in versions.items()},
        worst=[asdict(sample) for sample in [*bad[:WORST], *answered[: -WORST - 1 : -1]]],
    )


def from_data(data: dict[str, Any]) -> Summary:
    """A summary that was JSON."""
    return Summary(**{**data, "versions": {name: Seen(**seen) for name, seen in data["versions"].items()}})


def strays(summary: Summary, lives: Sequence[tuple[str, float]]) -> list[str]:
    """Versions that answered what was asked after the next was declared live, that never answered, that are unknown.

    `lives` has each deployed version with the time at which its deploy was over.
    """
    wrong = [f"{name} never answered" for name, _over in lives if name not in summary.versions]
    known = {name for name, _over in lives}
    wrong += [f"{name} answered" for name in summary.versions if name not in known]
    for (old, _then), (new, over) in zip(lives, lives[1:]):
        seen = summary.versions.get(old)
        if seen and seen.last > over:
            wrong.append(f"{old} still answered {seen.last - over:.1f} s after {new} was live")
    return wrong
