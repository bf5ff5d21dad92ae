# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings that somebody accepts, for a time."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import ERROR, NOTE, WARNING, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.accepted import accepted, sort_out
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.kinds import KINDS

GOOD = {"kind": "sysctl-live", "subject": "net.core.*", "reason": "measured", "until": "2027-01-31"}


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        ({"kind": "sysctl-life"}, "kind", "Did you mean 'sysctl-live'?"),
        ({"kind": "nothing-*"}, "kind", "is not a kind of drift"),
        ({"reason": ""}, "reason", "is missing"),
        ({"reason": None}, "reason", "is missing"),
        ({"until": ""}, "until", "is missing"),
        ({"until": "2027-02-29"}, "until", "is not a date"),
        ({"until": "soon"}, "until", "'soon' is not a date"),
        ({"until": "2027-13-01"}, "until", "is not a date"),
    ],
)
def test_refused(change: dict[str, Any], where: str, said: str) -> None:
    with pytest.raises(InputError, match=rf"^gunicorn_drift_ignore\[1\]\.{where}") as refused:
        accepted("gunicorn_drift_ignore", [GOOD, {**GOOD, **change}])
    assert said in str(refused.value)


SYSCTL = Finding("sysctl-live", ERROR, "net.core.somaxconn")
COUNT = Finding("worker-count", WARNING, "gunicorn-shop-web.service", app="shop")


@pytest.mark.parametrize(
    ("change", "today", "ignored", "expired", "unused"),
    [
        pytest.param({}, "2027-01-31", ["sysctl-live"], 0, 0, id="until its last day"),
        pytest.param({}, "2027-02-01", [], 1, 0, id="expired"),
        pytest.param({"subject": "vm.*"}, "2027-01-01", [], 0, 1, id="another subject"),
        pytest.param({"subject": "vm.*"}, "2027-02-01", [], 1, 0, id="expired, and of another subject"),
        pytest.param({"kind": "sysctl-*"}, "2027-01-01", ["sysctl-live"], 0, 0, id="a pattern of kinds"),
        pytest.param({"kind": "", "subject": "", "app": "shop"}, "2027-01-01", ["worker-count"], 0, 0, id="an app"),
        pytest.param({"app": "shop"}, "2027-01-01", [], 0, 1, id="the host's is no app's"),
        pytest.param({"kind": "", "subject": "", "app": ""}, "2027-01-01", ["sysctl-live"], 0, 0, id="the host's only"),
        pytest.param(
            dict.fromkeys(("kind", "subject", "app")), "2027-01-01", ["worker-count", "sysctl-live"], 0, 0, id="any"
        ),
    ],
)
def test_sort_out(change: dict[str, Any], today: str, ignored: list[str], expired: int, unused: int) -> None:
    told = sort_out([COUNT, SYSCTL], accepted("v", [{**GOOD, **change}]), today)
    assert [one["kind"] for one in told.ignored] == ignored
    assert all(one["reason"] == "measured" for one in (*told.ignored, *told.expired, *told.unused))
    assert {one.kind for one in told.new} == {"sysctl-live", "worker-count"} - set(ignored)
    assert (len(told.expired), len(told.unused)) == (expired, unused)


def test_two_entries_for_one_finding_are_both_used() -> None:
    told = sort_out([SYSCTL], accepted("v", [GOOD, {**GOOD, "reason": "again"}]), "2027-01-01")
    assert ([one["reason"] for one in told.ignored], told.unused) == (["measured"], [])


def test_the_worst_first() -> None:
    found = [Finding("other", NOTE, "x"), Finding("other", WARNING, "x"), Finding("other", ERROR, "x", app="b"), SYSCTL]
    assert [one.severity for one in sort_out(found, [], "2026-01-01").new] == [ERROR, ERROR, WARNING, NOTE]


def test_every_kind_has_a_meaning() -> None:
    assert all(text and not text.endswith(".") for text in KINDS.values())
