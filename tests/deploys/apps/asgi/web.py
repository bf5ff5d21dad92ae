# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An ASGI app whose every answer tells which version gave it."""

import asyncio
import hashlib
import json
import os
import time
from urllib.parse import parse_qs

VERSION = "0"

time.sleep(float(os.environ.get("IMPORT_SECONDS", "0")))


async def read(scope, receive):
    """Length and digest of the request's body."""
    digest, length = hashlib.sha256(), 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client went away")
        digest.update(message.get("body", b""))
        length += len(message.get("body", b""))
        if not message.get("more_body"):
            return {"length": length, "sha256": digest.hexdigest()}


async def slow(scope, receive):
    seconds = int(parse_qs(scope["query_string"].decode())["seconds"][0])
    await asyncio.sleep(seconds)
    return {"slept": seconds}


async def stream(send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    for number in range(15):
        await asyncio.sleep(0.2)
        await send({"type": "http.response.body", "body": f"{number} {VERSION}\n".encode(), "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def lifespan(receive, send):
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    path = scope["path"]
    if path == "/stream":
        await stream(send)
        return
    answers = {"/digest": read, "/upload": read, "/slow": slow}
    said = await answers[path](scope, receive) if path in answers else {}
    body = json.dumps({"version": VERSION, **said}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
