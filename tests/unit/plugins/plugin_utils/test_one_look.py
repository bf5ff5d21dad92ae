# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What gunicorn_host brings reaches the parts that come after it, whatever became of its task."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._one_look import HOST_RESULT, promised

ROOT = Path(__file__).resolve().parents[4]
NOTHING = {"uv": False, "worker_tmp_dir": "", "somaxconn": 0}
RESULT = {
    "changed": True,
    "changes": ["install uv 0.13.8"],
    "failed": False,
    "uv": {"path": "/usr/local/lib/wsgiops/uv", "version": "0.13.8"},
    "worker_tmp_dir": "/run/gunicorn-worker-tmp",
    "sysctl": {"net.core.somaxconn": {"live": "4096"}},
}
BROUGHT = {"uv": True, "worker_tmp_dir": "/run/gunicorn-worker-tmp", "somaxconn": 4096}
OTHER = {**RESULT, "worker_tmp_dir": "/run/other"}


@pytest.mark.parametrize(
    ("given", "registered", "expected"),
    [
        pytest.param({}, {HOST_RESULT: RESULT}, BROUGHT, id="the role ran"),
        pytest.param({}, {}, NOTHING, id="the role did not run"),
        pytest.param(RESULT, {}, BROUGHT, id="handed on by the play"),
        pytest.param(RESULT, {HOST_RESULT: OTHER}, BROUGHT, id="what the task says wins"),
        pytest.param(
            {},
            {HOST_RESULT: {"changed": False, "skipped": True, "skip_reason": "Conditional result was False"}},
            NOTHING,
            id="skipped",
        ),
        pytest.param({}, {HOST_RESULT: {"failed": True, "msg": "no", "changes": []}}, NOTHING, id="failed"),
        pytest.param({}, {HOST_RESULT: "of somebody else"}, NOTHING, id="no result"),
    ],
)
def test_promised(given: dict[str, Any], registered: dict[str, Any], expected: dict[str, Any]) -> None:
    assert promised(given, registered) == expected


def test_the_role_registers_it() -> None:
    (task,) = yaml.safe_load((ROOT / "roles/gunicorn_host/tasks/main.yml").read_text(encoding="utf-8"))
    assert task["register"] == HOST_RESULT


def test_nothing_returns_facts() -> None:
    """Ansible asks it of modules that are not called `*_facts`."""
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "plugins").rglob("*.py")}
    assert texts
    assert [path for path, text in texts.items() if re.search(r"[\"']ansible_facts[\"']", text)] == []
