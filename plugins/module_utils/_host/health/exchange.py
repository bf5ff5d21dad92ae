# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP request and its response, limited in time and size whatever the server does.

`http.client.HTTPConnection` limits the time between two bytes, not that of the entire response.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import Any, Optional

MOST_READ = 4 * 1024**2  # bytes, including headers, chunk sizes and so on


@dataclass(frozen=True)
class Response:
    """A response, as much of it as arrived; the names of the headers are in lower case."""

    status: int = 0
    reason: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class ExchangeError(Exception):
    """There was no complete response; `response` is the part that arrived."""

    def __init__(self, problem: str, response: Optional[Response] = None, timed_out: bool = False) -> None:
        super().__init__(problem)
        self.response = response
        self.timed_out = timed_out


class Deadline:
    """The time at which an exchange must be over."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def arm(self, sock: socket.socket) -> None:
        """Limit the socket's next operation to the remaining time; raise socket.timeout if there is none left."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        sock.settimeout(left)


class _Reader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline
        self._taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._deadline.arm(self._sock)
        count = self._sock.recv_into(buffer)
        self._taken += count
        if self._taken > MOST_READ:
            raise http.client.HTTPException("endless headers or chunks")
        return count


class _Buffer(io.BufferedReader):
    def close(self) -> None:
        """Do nothing: an interim response closes the buffer, but the final one still has to be read from it."""


class _Stream:
    """The part of a socket's interface that HTTPResponse uses."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._buffer = _Buffer(_Reader(sock, deadline))

    def makefile(self, _mode: str) -> Any:
        return self._buffer


def exchange(
    bind: str,
    request: bytes,
    method: str,
    seconds: float,
    body_limit: int,
    tls: Optional[ssl.SSLContext] = None,
    server_name: str = "",
) -> Response:
    """Send the request to `unix:/path`, `host:port` or `[v6]:port`; return the response, or raise ExchangeError."""
    deadline = Deadline(seconds)
    with contextlib.ExitStack() as stack:
        sock = stack.enter_context(contextlib.closing(_connect(bind, deadline)))
        if tls:
            sock = stack.enter_context(contextlib.closing(_handshake(sock, deadline, tls, server_name)))
        try:
            deadline.arm(sock)
            sock.sendall(request)
            response = _begin(sock, deadline, method)
        except (OSError, ValueError, http.client.HTTPException) as exc:
            raise ExchangeError(_no_answer(exc, deadline), timed_out=isinstance(exc, socket.timeout)) from exc
        return _read(response, deadline, body_limit)


def _connect(bind: str, deadline: Deadline) -> socket.socket:
    try:
        if bind.startswith("unix:"):
            return _open(socket.AF_UNIX, bind[len("unix:") :], deadline)
        host, _colon, port = bind.rpartition(":")
        failed: OSError = OSError(f"{host} has no address")
        for family, _kind, _proto, _name, address in socket.getaddrinfo(
            host.strip("[]"), int(port), type=socket.SOCK_STREAM
        ):
            try:
                return _open(family, address, deadline)
            except OSError as exc:
                failed = exc
        raise failed
    except BlockingIOError as exc:
        raise ExchangeError("the socket's queue is full") from exc
    except ConnectionRefusedError as exc:
        raise ExchangeError("connection refused") from exc
    except FileNotFoundError as exc:
        raise ExchangeError("the socket does not exist") from exc
    except PermissionError as exc:
        raise ExchangeError("this user is not allowed to open the socket") from exc
    except socket.timeout as exc:
        raise ExchangeError(f"timed out, no connection within {deadline.seconds:.3g} s", timed_out=True) from exc
    except (OSError, UnicodeError) as exc:
        raise ExchangeError(f"no connection: {exc}") from exc


def _open(family: int, address: Any, deadline: Deadline) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        deadline.arm(sock)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def _handshake(sock: socket.socket, deadline: Deadline, tls: ssl.SSLContext, server_name: str) -> ssl.SSLSocket:
    try:
        deadline.arm(sock)
        return tls.wrap_socket(sock, server_hostname=server_name or None)
    except ssl.SSLCertVerificationError as exc:
        raise ExchangeError(f"the certificate was rejected: {exc.verify_message.rstrip('.')}") from exc
    except socket.timeout as exc:
        raise ExchangeError(f"timed out, no TLS handshake within {deadline.seconds:.3g} s", timed_out=True) from exc
    except (OSError, ValueError) as exc:
        raise ExchangeError(_tls_failed(exc)) from exc


def _tls_failed(exc: Exception) -> str:
    reason = str(getattr(exc, "reason", "") or "").replace("_", " ").lower()
    if reason in ("wrong version number", "http request", "record layer failure"):
        return "the server does not use TLS"
    return f"TLS failed: {reason or exc or type(exc).__name__}"


def _begin(sock: socket.socket, deadline: Deadline, method: str) -> http.client.HTTPResponse:
    """Read the response up to its headers, skipping interim ones such as 103 Early Hints."""
    stream: Any = _Stream(sock, deadline)
    while True:
        response = http.client.HTTPResponse(stream, method=method)
        response.begin()
        if response.status >= 200 or response.status == 101:
            return response


def _no_answer(exc: Exception, deadline: Deadline) -> str:
    if isinstance(exc, socket.timeout):
        return f"timed out, connected but no response within {deadline.seconds:.3g} s"
    if isinstance(exc, http.client.RemoteDisconnected):
        return "the connection was closed without a response"
    if isinstance(exc, http.client.BadStatusLine):
        line = str(exc)
        if line.startswith(("\x15\x03", "\x16\x03")):
            return "the response is TLS, not plain HTTP"
        return f"the response is not HTTP: {line[:80]!a}"
    if isinstance(exc, ssl.SSLError):
        return _tls_failed(exc)
    if isinstance(exc, (ConnectionResetError, BrokenPipeError)):
        return "the connection was reset without a response"
    if isinstance(exc, (http.client.HTTPException, ValueError)):
        return f"the response is not HTTP: {exc}"
    return str(exc) or type(exc).__name__


def _read(response: http.client.HTTPResponse, deadline: Deadline, limit: int) -> Response:
    """Read the first `limit` bytes of the body, without waiting for the rest."""
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        known = headers.get(name.lower())
        headers[name.lower()] = value if known is None else f"{known}, {value}"
    body = b""
    problem = ""
    timed_out = False
    # Older Pythons do not update `length` in read1(), and read() discards what arrived before a timeout.
    size = limit if response.length is None else min(limit, response.length)
    try:
        while len(body) < size:
            part = response.read1(size - len(body))
            if not part:
                break
            body += part
    except socket.timeout:
        timed_out = True
        problem = f"timed out, no complete response within {deadline.seconds:.3g} s"
    except http.client.IncompleteRead:
        problem = "the response was truncated"
    except (OSError, ValueError, http.client.HTTPException) as exc:
        problem = f"the response was truncated: {exc or type(exc).__name__}"
    if not problem and response.length is not None and len(body) < size:
        problem = "the response was truncated"
    found = Response(response.status, response.reason, headers, body)
    if problem:
        raise ExchangeError(problem, found, timed_out)
    return found
