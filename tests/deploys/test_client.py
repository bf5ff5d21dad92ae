# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client finds what a server does wrong; the servers here are real ones that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

import pytest
from client import Load
from exchange import Pool
from loads import Request, requests_of
from measure import Sample, Summary, summarize

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
GOOD = b'{"version": "one"}'


def answer(body: bytes = GOOD, status: str = "200 OK", length: int | None = None, more: str = "") -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{more}\r\n".encode() + body


def says(text: bytes) -> Serve:
    """A server that reads one head, says this, and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(text)

    return serve


async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)


def measure(serve: Serve, requests: tuple[Request, ...], rate: float = 50, seconds: float = 0.2) -> list[Sample]:
    """Load a server for a moment."""

    async def run() -> list[Sample]:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                await serve(reader, writer)
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        pool = Pool("127.0.0.1", server.sockets[0].getsockname()[1])
        load = Load(requests, rate, pool, "x.localhost", timeout=0.3)
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, stop.set)
        await load.run(time.monotonic(), stop)
        pool.close()
        server.close()
        return load.samples

    return asyncio.run(run())


def outcomes(serve: Serve) -> Summary:
    return summarize(measure(serve, requests_of("mix")[:1]))


@pytest.mark.parametrize(
    ("serve", "outcome"),
    [
        pytest.param(says(answer(status="502 Bad Gateway")), "status 502", id="status"),
        pytest.param(says(b""), "reset", id="hangs-up"),
        pytest.param(says(answer(length=99)), "reset", id="cut-short"),
        pytest.param(says(answer(b"hello")), "wrong body", id="no-json"),
        pytest.param(says(answer(b"{}")), "wrong body", id="no-version"),
        pytest.param(says(b"what?\r\n\r\n"), "malformed answer", id="no-http"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\n\r\n" + GOOD), "malformed answer", id="no-length"),
        pytest.param(never, "timeout", id="hangs"),
    ],
)
def test_every_request_fails(serve: Serve, outcome: str) -> None:
    seen = outcomes(serve)
    assert seen.sent >= 8
    assert seen.failed == {outcome: seen.sent}


def test_good_answers() -> None:
    seen = outcomes(says(answer()))
    assert (seen.failures, list(seen.versions)) == (0, ["one"])
    assert seen.versions["one"].answers == seen.sent >= 8


def test_nobody_listens() -> None:
    async def run() -> list[Sample]:
        load = Load(requests_of("mix")[:1], 50, Pool("127.0.0.1", 1), "x.localhost")
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.1, stop.set)
        await load.run(time.monotonic(), stop)
        return load.samples

    assert {sample.outcome for sample in asyncio.run(run())} == {"connect"}


def test_the_echo_is_checked() -> None:
    wrong = b'{"version": "one", "length": 1, "sha256": "0"}'
    assert summarize(measure(says(answer(wrong)), requests_of("mix")[2:3])).versions == {}


@pytest.mark.parametrize(
    ("numbers", "good"),
    [(range(15), True), (range(14), False), ([*range(14), 13], False)],
    ids=["whole", "cut", "twice"],
)
def test_a_stream_is_checked(numbers: range | list[int], good: bool) -> None:
    body = "".join(f"{number} one\n" for number in numbers).encode()
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    assert bool(summarize(measure(says(chunks), requests_of("stream"))).versions) is good


def test_a_stream_that_breaks_off_failed() -> None:
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n0 one\n\r\n"
    assert set(summarize(measure(says(chunks), requests_of("stream"))).failed) == {"reset"}


def test_latency_counts_from_the_time_that_was_planned() -> None:
    """A server that stops for a moment delays all that were due meanwhile, each by what was left of the moment."""
    begun: list[float] = []

    async def stalls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.append(time.monotonic())
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(max(begun[0] + 0.2 - time.monotonic(), 0))
        writer.write(answer())

    samples = sorted(measure(stalls, requests_of("mix")[:1]), key=lambda sample: sample.scheduled)
    assert samples[0].latency >= 0.19
    assert all(one.latency + one.scheduled >= samples[0].scheduled + 0.19 for one in samples)
    assert len(samples) >= 8


def test_connections_are_kept_and_a_closed_one_is_replaced() -> None:
    """Two answers on each connection, then the server hangs up, before anything else was sent: no failure."""
    connections: list[int] = []

    async def two(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        for _turn in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer())

    seen = summarize(measure(two, requests_of("mix")[1:2]))
    assert seen.failures == 0
    assert len(connections) == (seen.sent + 1) // 2


def test_nothing_is_sent_twice() -> None:
    """A kept connection that breaks after the request went out is a failure, not a second try."""
    heads: list[int] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for turn in range(2):
            await reader.readuntil(b"\r\n\r\n")
            heads.append(1)
            if turn:
                return
            writer.write(answer())

    seen = summarize(measure(once, requests_of("mix")[1:2]))
    assert seen.sent == len(heads)
    assert seen.failed == {"reset": seen.sent // 2}


def test_a_kept_connection_costs_nothing_while_it_is_idle() -> None:
    """A client that is busy with itself would measure itself."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _request in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer())

    async def run() -> float:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        pool = Pool("127.0.0.1", server.sockets[0].getsockname()[1])
        get = next(request for request in requests_of("mix") if request.keep and request.method == "GET")
        await get.send(pool, "x.localhost", 0)
        before = time.process_time()
        await asyncio.sleep(1)
        spent = time.process_time() - before
        pool.close()
        server.close()
        return spent

    assert asyncio.run(run()) < 0.5
