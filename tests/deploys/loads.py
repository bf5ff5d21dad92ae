# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of load: which requests, how often, and what a right answer is."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass

from exchange import Answer, Failed, Pool, exchange, head, paced

CHUNKS = 15
UPLOAD = 10 * 1000 * 1000
UPLOAD_RATE = 5 * 1000 * 1000
BODIES = [random.Random(seed).randbytes(3000 + 100 * seed) for seed in range(16)]
DIGESTS = [hashlib.sha256(body).hexdigest() for body in BODIES]


@dataclass(frozen=True)
class Request:
    """One kind of request. `check` returns the version that answered, and raises if the answer is not right.

    `site` stands before the host's name where another site of the same app is asked.
    """

    name: str
    method: str
    path: str
    keep: bool
    check: Callable[[bytes, int], str]
    bodies: tuple[bytes, ...] = (b"",)
    rate: float = 0.0
    site: str = ""

    async def send(self, pool: Pool, host: str, number: int) -> str:
        """Return the version that answered."""
        body = self.bodies[number % len(self.bodies)]
        connection = await (pool.take() if self.keep else pool.open())
        try:
            request = head(self.method, self.path, self.site + host, len(body), self.keep)
            answer = await exchange(connection, request, paced(body, self.rate) if self.rate else (body,))
        except BaseException:
            connection.close()
            raise
        if self.keep and answer.keep:
            pool.give(connection)
        else:
            connection.close()
        return self._judge(answer, number)

    def _judge(self, answer: Answer, number: int) -> str:
        if answer.status != 200:
            raise Failed(f"status {answer.status}")
        try:
            return self.check(answer.body, number % len(self.bodies))
        except (ValueError, KeyError, TypeError) as exc:
            raise Failed("wrong body") from exc


def _version(body: bytes, _number: int) -> str:
    said = json.loads(body)
    return str(said["version"])


def _digest(body: bytes, number: int) -> str:
    said = json.loads(body)
    if said["sha256"] != DIGESTS[number] or said["length"] != len(BODIES[number]):
        raise ValueError("another body")
    return str(said["version"])


def _slow(body: bytes, _number: int) -> str:
    said = json.loads(body)
    if said["slept"] != 3:
        raise ValueError("another answer")
    return str(said["version"])


def _stream(body: bytes, _number: int) -> str:
    """Every chunk is a line with its number and the version; all are there, and one version sent them all."""
    lines = [line.split(" ") for line in body.decode().splitlines()]
    if [int(number) for number, _by in lines] != list(range(CHUNKS)) or len({by for _nth, by in lines}) != 1:
        raise ValueError("chunks are missing or mixed")
    return lines[0][1]


def _upload(site: str) -> Request:
    body = random.Random(0).randbytes(UPLOAD)
    expected = hashlib.sha256(body).hexdigest()

    def check(answer: bytes, _number: int) -> str:
        said = json.loads(answer)
        if said["length"] != UPLOAD or said["sha256"] != expected:
            raise ValueError("another body")
        return str(said["version"])

    return Request("upload", "POST", "/upload", False, check, (body,), UPLOAD_RATE, site)


def requests_of(load: str) -> tuple[Request, ...]:
    """The requests that a load sends in turn."""
    if load == "mix":
        return (
            Request("GET, new connection", "GET", "/", False, _version),
            Request("GET, keep-alive", "GET", "/", True, _version),
            Request("POST, new connection", "POST", "/digest", False, _digest, tuple(BODIES)),
            Request("POST, keep-alive", "POST", "/digest", True, _digest, tuple(BODIES)),
        )
    if load == "slow":
        return (Request("slow", "GET", "/slow?seconds=3", False, _slow),)
    if load == "stream":
        return (Request("stream", "GET", "/stream", False, _stream),)
    if load == "upload":
        return (_upload(""),)
    if load == "upload-through":
        return (_upload("through-"),)
    raise SystemExit(f"client: there is no load '{load}'; there are mix, slow, stream, upload, upload-through")
