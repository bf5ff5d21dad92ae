# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask an app whether it serves: HTTP over its own socket, without the proxy between."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.app import Health

PAUSES = (0.05, 0.1, 0.2, 0.4)
WATCH = 0.25


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


@dataclass(frozen=True)
class Answer:
    """What was seen; `healthy` is the verdict."""

    healthy: bool
    seen: str


def ask(bind: str, health: Health) -> Answer:
    """One request."""
    if bind.startswith("unix:"):
        connection: http.client.HTTPConnection = _UnixConnection(bind[len("unix:") :], health.timeout)
    else:
        host, _colon, port = bind.rpartition(":")
        connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=health.timeout)
    headers = {"Host": health.host, "X-Forwarded-Proto": "https", "User-Agent": "wsgiops-gunicorn-health"}
    try:
        connection.request("GET", health.path, headers=headers)
        response = connection.getresponse()
        body = response.read(4096).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as exc:
        return Answer(False, f"GET {health.path}: {exc or type(exc).__name__}")
    finally:
        connection.close()
    healthy = response.status in health.status if health.status else response.status < 500
    seen = f"GET {health.path}: {response.status} {response.reason}"
    return Answer(healthy, seen if healthy else f"{seen}\n{body.strip()[:1000]}")


def wait_healthy(bind: str, health: Health, give_up: Callable[[], str]) -> Answer:
    """Ask with growing pauses until healthy, until the time is over, or until `give_up` tells that it is hopeless."""
    end = time.monotonic() + health.within
    attempt = 0
    while True:
        answer = _ask_watching(bind, health, give_up)
        if answer.healthy:
            return answer
        hopeless = give_up()
        if hopeless:
            return Answer(False, f"{hopeless}\n{answer.seen}")
        if time.monotonic() >= end:
            return Answer(False, f"no healthy answer within {health.within:g} s; the last: {answer.seen}")
        time.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
        attempt += 1


def _ask_watching(bind: str, health: Health, give_up: Callable[[], str]) -> Answer:
    """One request; while no worker takes it from the socket's queue, watch whether any ever will."""
    answers: list[Answer] = []
    asking = threading.Thread(target=lambda: answers.append(ask(bind, health)), daemon=True)
    asking.start()
    while asking.is_alive():
        asking.join(WATCH)
        if asking.is_alive() and give_up():
            return Answer(False, f"GET {health.path}: no worker took the request")
    return answers[0]
