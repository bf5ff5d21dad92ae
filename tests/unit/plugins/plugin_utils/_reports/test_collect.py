# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run tells of its hosts becomes a report: a host counts as clean only when a check of it said so."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.collect import NEVER, SKIPPED, Collector

FOUND = {"findings": [{"kind": "unit-not-loaded", "severity": "error", "app": "shop"}]}
CLEAN: dict[str, Any] = {"findings": []}


@pytest.mark.parametrize(
    ("calls", "status", "why"),
    [
        pytest.param([], "unchecked", NEVER, id="never had its turn"),
        pytest.param([("check", CLEAN)], "clean", "", id="clean"),
        pytest.param([("check", {**FOUND, "failed": True, "msg": "1 finding"})], "drift", "", id="drift"),
        pytest.param([("check", {"failed": True, "msg": "boom"})], "unchecked", "boom", id="check broke"),
        pytest.param([("check", {"failed": True})], "unchecked", "no result, and no message", id="without a word"),
        pytest.param([("check", {"censored": "x"})], "unchecked", "the result is hidden by no_log", id="no_log"),
        pytest.param([("check", {"skipped": True})], "unchecked", SKIPPED, id="skipped"),
        pytest.param([("check", {"skipped": True}), ("check", CLEAN)], "clean", "", id="skipped, then checked"),
        pytest.param([("check", {**CLEAN, "unreachable": True, "msg": "x"})], "unchecked", "x", id="says unreachable"),
        pytest.param([("unreachable", {"msg": "no route"})], "unchecked", "no route", id="unreachable"),
        pytest.param(
            [("check", FOUND), ("unreachable", {"msg": "x"})], "unchecked", "x", id="second check unreachable"
        ),
        pytest.param([("trouble", {"msg": "x"})], "unchecked", "Prepare: x", id="failed before"),
        pytest.param([("trouble", {"msg": "x"}), ("check", CLEAN)], "clean", "", id="rescued, then checked"),
        pytest.param([("check", FOUND), ("trouble", {"msg": "x"})], "drift", "", id="failed after"),
        pytest.param([("check", {"results": [CLEAN, FOUND]})], "drift", "", id="loop"),
        pytest.param([("check", {"results": [CLEAN, {"msg": "x"}]})], "unchecked", "x", id="loop with a broken item"),
        pytest.param([("check", {"results": []})], "unchecked", "no result, and no message", id="empty loop"),
    ],
)
def test_collector(calls: list[tuple[str, dict[str, Any]]], status: str, why: str) -> None:
    collector = Collector()
    collector.expect(["web1"])
    for method, result in calls:
        arguments = ("Prepare", result) if method == "trouble" else (result,)
        getattr(collector, method)("web1", *arguments)
    report = collector.report("")
    assert report is not None
    assert [(host.name, host.status, host.why) for host in report.hosts] == [("web1", status, why)]


def test_no_report_where_nobody_asks_for_drift() -> None:
    collector = Collector()
    collector.trouble("web1", "Prepare", {"msg": "x"})
    assert collector.report("") is None


def test_hosts_that_failed_before_the_play_that_checks() -> None:
    collector = Collector()
    collector.wanted = True
    collector.trouble("web1", "", {"msg": "no route"})
    report = collector.report("")
    assert report is not None
    assert [(host.name, host.status, host.why) for host in report.hosts] == [("web1", "unchecked", "no route")]
