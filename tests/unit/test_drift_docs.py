# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of drift in docs/ say what the code and the tests say."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import SEVERITIES
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "tests/system"))
    return importlib.import_module("drift_bank")


def test_the_bank(bank: Any) -> None:
    assert bank.PAGE.read_text(encoding="utf-8") == bank.page(), "run: python3 tests/system/drift_bank.py"


def test_the_bank_knows_no_other_kinds(bank: Any) -> None:
    assert {one.kind for one in bank.drifts.DRIFTS.values()} <= set(KINDS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", "`true`"),
        ("a | b || c", "`a \\| b \\|\\| c`"),
        ("cd $(readlink -f /srv/gunicorn/drifts/current/src)/x", "`cd SOURCE/x`"),
        pytest.param(
            "ls $(readlink -f /srv/gunicorn/drifts/current/venv)/lib/python3*/site-packages",
            "`ls PACKAGES`",
            id="the longest first",
        ),
    ],
)
def test_commands(bank: Any, text: str, expected: str) -> None:
    assert bank.command(text) == expected


def test_kinds() -> None:
    page = (ROOT / "docs/drift.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \| (\w+) \|$", page, re.M)
    assert {kind: meaning for kind, meaning, _severity in rows} == KINDS
    assert {severity for _kind, _meaning, severity in rows} <= set(SEVERITIES)
