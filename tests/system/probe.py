# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs on the host.

`watch APP STEP kill|look` ends when a deploy of the app has come to the step, and may kill it there;
`ask APP FILE` asks the app over its socket until the file appears, and prints what it answered and what failed.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sys
import time
from collections import Counter

LIMIT = 90


def watch(app: str, step: str, action: str) -> None:
    """Wait for the step, act, and print the process id of the deploy."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        try:
            with open(f"/srv/gunicorn/{app}/.lock", encoding="utf-8") as stream:
                about = json.load(stream)
        except (OSError, ValueError):
            about = {}
        if about.get("step") == step:
            if action == "kill":
                os.kill(about["pid"], signal.SIGKILL)
            print(about["pid"])
            return
        time.sleep(0.005)
    sys.exit(f"no deploy of {app} came to the step '{step}' within {LIMIT} s")


def ask(app: str, stop: str) -> None:
    """Ask until the file appears; print the versions that answered, and the failures."""
    seen: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    while not os.path.exists(stop):
        connection = http.client.HTTPConnection("localhost", timeout=30)
        try:
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.settimeout(30)
            connection.sock.connect(f"/run/gunicorn/{app}/web.sock")
            connection.request("GET", "/")
            answer = connection.getresponse()
            body = answer.read()
            if answer.status == 200:
                seen[json.loads(body)["version"]] += 1
            else:
                failed[f"status {answer.status}"] += 1
        except (OSError, ValueError, http.client.HTTPException) as exc:
            failed[repr(exc)] += 1
        finally:
            connection.close()
        time.sleep(0.01)
    print(json.dumps({"seen": seen, "failed": failed}))


if __name__ == "__main__":
    {"watch": watch, "ask": ask}[sys.argv[1]](*sys.argv[2:])
