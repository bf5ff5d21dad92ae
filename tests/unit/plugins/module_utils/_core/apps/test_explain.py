# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines about what an app runs with."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.explain import explain
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import ERROR, WARNING, Finding

FINDING = Finding(
    "setting-harmful", WARNING, "gunicorn_apps.shop.settings.timeout", seen="is short.", fix="Raise it.", app="shop"
)


@pytest.mark.parametrize(
    ("instances", "findings", "expected"),
    [
        pytest.param({}, [], [], id="nothing"),
        pytest.param({"web": {"reasons": []}}, [], [], id="no reasons"),
        pytest.param(
            {"web": {"reasons": ["workers 5", "threads 4"], "bind": "unix:x"}, "api": {"reasons": ["workers 2"]}},
            [],
            ["web: workers 5", "web: threads 4", "api: workers 2"],
            id="every reason, in the order of the instances",
        ),
        pytest.param(
            {"web": {"reasons": ["workers 5"]}},
            [FINDING, FINDING._replace(severity=ERROR)],
            [
                "web: workers 5",
                "warning: gunicorn_apps.shop.settings.timeout: is short. Raise it.",
                "error: gunicorn_apps.shop.settings.timeout: is short. Raise it.",
            ],
            id="findings come last",
        ),
    ],
)
def test_explain(instances: dict[str, Any], findings: list[Finding], expected: list[str]) -> None:
    assert explain(instances, findings) == expected


def test_findings_may_be_read_once() -> None:
    assert len(explain({}, iter([FINDING]))) == 1
