# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts and how they read."""

from __future__ import annotations

import pytest
from measure import Summary
from table import COLUMNS, Limits, Row, line, markdown, notes, total

LIMITS = Limits(failed=0, slowest=250)
GOOD = Summary(sent=1000, p50=1.234, p99=40.0, slowest=250.0, late=3.0)


def row(summary: Summary = GOOD, limits: Limits | None = LIMITS, **more: object) -> Row:
    return Row("A", "code changed", "sync", summary, [3.0, 1.0, 2.0], limits, **more)


@pytest.mark.parametrize(
    ("one", "missed"),
    [
        pytest.param(row(), [], id="at-the-limit"),
        pytest.param(row(Summary(sent=9, slowest=250.1)), ["slowest 250 ms"], id="just-above"),
        pytest.param(row(Summary(sent=9, failed={"reset": 1}, slowest=1.0)), ["1 failed"], id="one-failed"),
        pytest.param(row(Summary()), ["nothing was sent"], id="nothing-sent"),
        pytest.param(row(wrong=["two never answered"]), ["two never answered"], id="wrong"),
        pytest.param(row(Summary(sent=9, slowest=900.0), Limits()), [], id="no-limit-of-time"),
        pytest.param(row(Summary(sent=9, failed={"reset": 9}), None), [], id="comparison"),
    ],
)
def test_verdict(one: Row, missed: list[str]) -> None:
    assert one.missed == missed
    assert one.verdict.startswith("FAIL") == bool(missed)


def test_verdict_quotes_figure_and_limit() -> None:
    assert row().verdict == "ok (0 failed, slowest ≤ 250 ms)"
    bad = row(Summary(sent=9, failed={"reset": 2}, slowest=380.0))
    assert bad.verdict == "FAIL: 2 failed; slowest 380 ms (limit: 0 failed, slowest ≤ 250 ms)"


def test_cells() -> None:
    assert row().cells()[2:-1] == ["3", "1000", "0", "1.2", "40", "250", "3.0", "2.0"]
    failed = Summary(sent=9, failed={"reset": 2, "status 502": 1})
    assert row(failed).cells()[4:8] == ["3 (2 reset, 1 status 502)", "–", "–", "–"]


def test_rows_for_comparison_are_not_counted() -> None:
    assert total([row(), row(Summary()), row(limits=None)]) == (1, 1)


def test_markdown_is_a_table() -> None:
    lines = markdown([row(), row(said="no | really"), Row("B", "x", "asgi")]).splitlines()
    assert lines.count("| " + " | ".join(COLUMNS) + " |") == 2
    assert {text.count("|") for text in lines if text.startswith("|")} == {len(COLUMNS) + 1}
    assert "* code changed: `no | really`" in lines


def test_a_line_loses_no_figure() -> None:
    cells = ["w" * 60, "sync", "1", "2", "3 (3 status 502)", "1", "2", "3", "4", "5", "ok"]
    for cell in cells:
        assert cell in line(cells)


def test_a_late_client_is_told() -> None:
    assert notes([row()]) == []
    (note,) = notes([row(Summary(sent=9, slowest=300.0, late=81.0, late_in_slowest=70.0))])
    assert "up to 81 ms late" in note and "70 of its 300 ms" in note
