# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter gunicorn_workers: number of workers, by _core/sizing/workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._sizing import sizing_of


def gunicorn_workers(
    cpus: Any, profile: Any = "mixed", memory: Any = "", worker_memory: Any = "", shares: Any = 1
) -> int:
    return sizing_of("gunicorn_workers", cpus, profile, memory, worker_memory, None, shares).workers


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"gunicorn_workers": gunicorn_workers}
