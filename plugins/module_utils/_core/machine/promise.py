# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the host provides to the apps of the same run. In check mode it may not exist yet, so it cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def promise(host_result: Mapping[str, Any]) -> dict[str, Any]:
    somaxconn = str(host_result.get("sysctl", {}).get("net.core.somaxconn", {}).get("live"))
    return {
        "uv": bool(host_result.get("uv")),
        "worker_tmp_dir": host_result.get("worker_tmp_dir", ""),
        "somaxconn": int(somaxconn) if somaxconn.isdecimal() else 0,
    }
