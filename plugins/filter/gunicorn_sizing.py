# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter gunicorn_sizing: worker class, workers, threads, connections, and why, by _core/sizing/workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._sizing import sizing_of


def gunicorn_sizing(
    cpus: Any,
    profile: Any = "mixed",
    memory: Any = "",
    worker_memory: Any = "",
    settings: Any = None,
    shares: Any = 1,
) -> dict[str, Any]:
    found = sizing_of("gunicorn_sizing", cpus, profile, memory, worker_memory, settings, shares)
    return {
        "worker_class": found.worker_class,
        "workers": found.workers,
        "threads": found.threads,
        "connections": found.connections,
        "nofile": found.nofile,
        "reasons": [str(reason) for reason in found.reasons],
    }


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"gunicorn_sizing": gunicorn_sizing}
