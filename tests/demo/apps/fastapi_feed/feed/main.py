# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Gunicorn imports: feed.main:app."""

import asyncio
import os
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI(title="feed")

ITEMS = ["a deploy never costs a request", "what runs is what was declared", "it says why"]


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    """Respond as soon as the app has started."""
    return {"status": "ok"}


@app.get("/items")
async def items() -> dict[str, object]:
    """Return all items, and the process ID of the worker."""
    return {"items": ITEMS, "pid": os.getpid()}


@app.get("/events")
async def events(count: int = 3, pause: float = 0.2) -> StreamingResponse:
    """Send server-sent events, one at a time."""

    async def stream() -> AsyncIterator[str]:
        for number in range(min(count, 100)):
            yield f"data: {ITEMS[number % len(ITEMS)]}\n\n"
            await asyncio.sleep(min(pause, 5))

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
