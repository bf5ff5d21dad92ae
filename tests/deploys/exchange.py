# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP/1.1 as little as a load client needs, on asyncio. Nothing is ever sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

IDLE = 30.0


class Failed(Exception):
    """Why a request failed, in a word or two."""


@dataclass
class Connection:
    """An open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    idle_since: float = 0.0

    def close(self) -> None:
        self.writer.close()


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    keep: bool


@dataclass
class Pool:
    """Connections to one address; those that are kept are used again, the latest first."""

    address: str
    port: int = 80
    idle: list[Connection] = field(default_factory=list)

    async def open(self) -> Connection:
        try:
            return Connection(*await asyncio.open_connection(self.address, self.port))
        except OSError as exc:
            raise Failed("connect") from exc

    async def take(self) -> Connection:
        """A kept connection that the server has not closed so far, or a new one."""
        now = asyncio.get_running_loop().time()
        while self.idle:
            connection = self.idle.pop()
            closing = connection.reader.at_eof() or connection.writer.is_closing()
            if not closing and now - connection.idle_since < IDLE:
                return connection
            connection.close()
        return await self.open()

    def give(self, connection: Connection) -> None:
        connection.idle_since = asyncio.get_running_loop().time()
        self.idle.append(connection)

    def close(self) -> None:
        for connection in self.idle:
            connection.close()


def head(method: str, path: str, host: str, length: int, keep: bool) -> bytes:
    """Request line and headers."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Connection: {'keep-alive' if keep else 'close'}"]
    if method == "POST":
        lines += ["Content-Type: application/octet-stream", f"Content-Length: {length}"]
    return "\r\n".join([*lines, "", ""]).encode()


async def paced(body: bytes, rate: float, size: int = 65536) -> AsyncIterator[bytes]:
    """Pieces of a body at a number of bytes per second."""
    clock = asyncio.get_running_loop().time
    started = clock()
    for position in range(0, len(body), size):
        await asyncio.sleep(max(started + position / rate - clock(), 0))
        yield body[position : position + size]


async def exchange(connection: Connection, request: bytes, pieces: Iterable[bytes] | AsyncIterator[bytes]) -> Answer:
    """Send, and read the whole answer."""
    try:
        connection.writer.write(request)
        if isinstance(pieces, AsyncIterator):
            async for piece in pieces:
                connection.writer.write(piece)
                await connection.writer.drain()
        else:
            # Never an empty piece: asyncio would wait for ever until all of it is written, and use a CPU for that.
            connection.writer.write(b"".join(pieces))
        return await _read(connection.reader)
    except (OSError, asyncio.IncompleteReadError) as exc:
        raise Failed("reset") from exc
    except (ValueError, IndexError, asyncio.LimitOverrunError) as exc:
        raise Failed("malformed answer") from exc


async def _read(reader: asyncio.StreamReader) -> Answer:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(first.split(" ", 2)[1])
    headers = {}
    for line in lines:
        name, _colon, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = await _chunks(reader)
    elif "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    else:
        # Its end would be the connection's, and so could not be told from a connection that broke.
        raise ValueError("an answer of unknown length")
    return Answer(status, body, headers.get("connection", "").lower() != "close")


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while True:
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        chunk = await reader.readexactly(size + 2)
        if not size:
            return b"".join(parts)
        parts.append(chunk[:-2])
