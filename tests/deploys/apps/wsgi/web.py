# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A WSGI app whose every answer tells which version gave it."""

import hashlib
import json
import os
import time
from urllib.parse import parse_qs

VERSION = "0"

time.sleep(float(os.environ.get("IMPORT_SECONDS", "0")))


def read(environ):
    """Length and digest of the request's body."""
    digest, length = hashlib.sha256(), 0
    while True:
        piece = environ["wsgi.input"].read(65536)
        if not piece:
            return {"length": length, "sha256": digest.hexdigest()}
        digest.update(piece)
        length += len(piece)


def slow(environ):
    seconds = int(parse_qs(environ["QUERY_STRING"])["seconds"][0])
    time.sleep(seconds)
    return {"slept": seconds}


def chunks():
    for number in range(15):
        time.sleep(0.2)
        yield f"{number} {VERSION}\n".encode()


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return chunks()
    answers = {"/digest": read, "/upload": read, "/slow": slow}
    said = answers[path](environ) if path in answers else {}
    body = json.dumps({"version": VERSION, **said}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
