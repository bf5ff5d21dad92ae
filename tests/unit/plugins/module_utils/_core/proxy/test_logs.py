# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.logs import NAME, plan_logs

LOG, OLD = "/l/gunicorn-shop.access.log", "/l/gunicorn-shop.access.log.1"


@pytest.mark.parametrize(
    ("current", "wanted", "expected"),
    [
        pytest.param({}, [LOG], [f"create {LOG}"], id="missing"),
        pytest.param({LOG: 0o640}, [LOG], [], id="as declared"),
        pytest.param({LOG: 0o600}, [LOG], [], id="tighter"),
        pytest.param({LOG: 0o644}, [LOG], [f"set mode of {LOG} to 0640 (was 0644)"], id="open to all"),
        pytest.param({LOG: 0o660}, [LOG], [f"set mode of {LOG} to 0640 (was 0660)"], id="the group may write"),
        pytest.param({LOG: 0o640, OLD: 0o644}, [LOG], [f"set mode of {OLD} to 0640 (was 0644)"], id="rotated"),
        pytest.param({LOG: 0o604}, [], [f"set mode of {LOG} to 0640 (was 0604)"], id="of an app that is gone"),
        pytest.param({LOG: None}, [LOG], [], id="the operator's link"),
        pytest.param({}, [], [], id="no log"),
    ],
)
def test_plan(current: dict[str, int | None], wanted: list[str], expected: list[str]) -> None:
    assert [str(one.change()) for one in plan_logs(current, wanted, "www-data", "adm")] == expected


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("gunicorn-shop.access.log", True),
        ("gunicorn-shop.access.log.1", True),
        ("gunicorn-shop.access.log.14.gz", True),
        ("gunicorn-shop.access.log-20261125.gz", True),
        ("access.log", False),
        ("gunicorn-shop.access.log/x", False),
        ("other.access.log", False),
    ],
)
def test_names(name: str, ours: bool) -> None:
    assert bool(NAME.fullmatch(name)) is ours
