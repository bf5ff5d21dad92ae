# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the host role tells the roles after it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.promise import promise


@pytest.mark.parametrize(
    ("result", "uv", "directory", "somaxconn"),
    [
        pytest.param({}, False, "", 0, id="nothing, as after a failure"),
        pytest.param({"uv": {}, "worker_tmp_dir": ""}, False, "", 0, id="switched off"),
        pytest.param({"uv": {"version": "1"}, "worker_tmp_dir": "/run/x"}, True, "/run/x", 0, id="both"),
        pytest.param({"sysctl": {"net.core.somaxconn": {"live": "8192"}}}, False, "", 8192, id="somaxconn"),
        pytest.param({"sysctl": {"net.core.somaxconn": {"live": None}}}, False, "", 0, id="a kernel without it"),
        pytest.param({"sysctl": {"net.core.somaxconn": {"live": "x"}}}, False, "", 0, id="what no kernel takes"),
    ],
)
def test_promise(result: dict[str, Any], uv: bool, directory: str, somaxconn: int) -> None:
    assert promise(result) == {"uv": uv, "worker_tmp_dir": directory, "somaxconn": somaxconn}
