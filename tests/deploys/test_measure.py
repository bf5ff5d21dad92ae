# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers from samples."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from measure import Sample, Seen, Summary, from_data, percentile, strays, summarize


def sample(at: float, latency: float, outcome: str = "ok", version: str = "one", late: float = 0.0) -> Sample:
    return Sample("GET", at, at + late, latency, outcome, version if outcome == "ok" else "")


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7], 50, 7),
        ([7], 99, 7),
        ([1, 2], 50, 1),
        ([1, 2, 3], 50, 2),
        (list(range(1, 101)), 99, 99),
        (list(range(1, 101)), 100, 100),
        (list(range(1, 202)), 99, 199),
        ([1, 2], 0, 1),
    ],
)
def test_percentile_is_a_measured_value(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected


def test_nothing_sent() -> None:
    assert summarize([]) == Summary()


def test_summary_does_not_depend_on_the_order() -> None:
    samples = [
        sample(2.0, 0.5, version="two", late=0.06),
        sample(0.0, 0.010),
        sample(1.0, 30.0, "timeout"),
        sample(1.5, 0.001, "status 502"),
        sample(1.6, 0.001, "status 502"),
        sample(3.0, 0.020, version="two", late=0.2),
    ]
    seen = summarize(samples)
    assert (seen.sent, seen.failures) == (6, 3)
    assert seen.failed == {"status 502": 2, "timeout": 1}
    assert (seen.p50, seen.slowest) == (pytest.approx(20), pytest.approx(500))
    assert seen.late == pytest.approx(200)
    assert seen.late_in_slowest == pytest.approx(60)
    assert seen.versions == {"one": Seen(1, 0.0, 0.0), "two": Seen(2, 2.0, 3.0)}
    assert summarize(samples[::-1]) == seen


def test_a_failure_hides_no_latency_and_is_none() -> None:
    seen = summarize([sample(0.0, 29.0, "reset"), sample(0.1, 0.002)])
    assert seen.slowest == pytest.approx(2)
    assert [worst["outcome"] for worst in seen.worst] == ["reset", "ok"]


def test_all_failed() -> None:
    seen = summarize([sample(0.0, 1.0, "connect")])
    assert (seen.p50, seen.p99, seen.slowest, seen.failures) == (None, None, None, 1)


def test_through_json() -> None:
    seen = summarize([sample(0.0, 0.1), sample(1.0, 0.2, "reset")])
    assert from_data(json.loads(json.dumps(asdict(seen)))) == seen


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ({"a": Seen(5, 0, 9), "b": Seen(5, 8, 19), "c": Seen(5, 18, 30)}, []),
        (
            {"a": Seen(5, 0, 11.5), "b": Seen(5, 8, 19), "c": Seen(1, 20, 20)},
            ["a still answered 1.5 s after b was live"],
        ),
        ({"a": Seen(5, 0, 9), "c": Seen(5, 18, 30)}, ["b never answered"]),
        ({"a": Seen(5, 0, 9), "b": Seen(5, 8, 19), "c": Seen(1, 20, 20), "x": Seen(1, 1, 1)}, ["x answered"]),
    ],
)
def test_strays(versions: dict[str, Seen], expected: list[str]) -> None:
    assert strays(Summary(versions=versions), [("a", 0.0), ("b", 10.0), ("c", 20.0)]) == expected
