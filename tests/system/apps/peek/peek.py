# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A compromised app: it tries what is asked for in the query and tells what became of it."""

import json
import os
import socket
import subprocess
from urllib.parse import parse_qsl


def read(path):
    """List a directory, or read a file."""
    if os.path.isdir(path):
        return sorted(os.listdir(path))
    with open(path, encoding="utf-8", newline="") as stream:
        return stream.read()


def connect(place):
    """Connect to a unix socket or to `address port`."""
    if place.startswith("/"):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(place)
        return "connected"
    address, port = place.split()
    with socket.create_connection((address, int(port)), timeout=1):
        return "connected"


def execute(directory):
    """Write a program into the directory and run it."""
    path = f"{directory}/program"
    with open(path, "w", encoding="utf-8") as stream:
        stream.write("#!/bin/sh\necho ran\n")
    os.chmod(path, 0o755)
    return subprocess.run([path], capture_output=True, text=True, check=True).stdout


def fill(directory):
    """Create empty files until there is no room; return how many there was room for."""
    for number in range(100_000):
        try:
            os.close(os.open(f"{directory}/{number}", os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError:
            return number
    return -1


def secret(name):
    """Read a credential of systemd."""
    return read(os.path.join(os.environ["CREDENTIALS_DIRECTORY"], name))


def variables(_nothing):
    """List the names and values of the environment."""
    return dict(os.environ)


TRICKS = {trick.__name__: trick for trick in (read, connect, execute, fill, secret, variables)}


def app(environ, start_response):
    """`/?read=/etc/passwd` and the like."""
    said = {"version": "one", "pid": os.getpid()}
    for name, argument in parse_qsl(environ["QUERY_STRING"], keep_blank_values=True):
        try:
            said[name] = TRICKS[name](argument)
        except (OSError, subprocess.SubprocessError) as exc:
            said[name] = f"{type(exc).__name__}: {exc}"
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]
