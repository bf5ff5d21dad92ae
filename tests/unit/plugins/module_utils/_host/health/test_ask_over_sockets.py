# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The health check against real servers, most of them nasty: its limits hold, and it says what happened."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.health import exchange as wire
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.health.ask import ask, wait_healthy
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Version: 1.2\r\n\r\nok"
BAD = b"HTTP/1.1 500 Oh no\r\nContent-Length: 6\r\n\r\nbroken"
Talk = Callable[[socket.socket, int], None]


def never() -> str:
    return ""


def heard(connection: socket.socket) -> bytes:
    """The whole request."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            break
        data += part
    return data


def say(*answers: bytes) -> Talk:
    """Answer connections in turn; the last answer is that of all further ones."""

    def talk(connection: socket.socket, number: int) -> None:
        heard(connection)
        connection.sendall(answers[min(number, len(answers) - 1)])

    return talk


@dataclass
class Server:
    """A server in threads; `requests` counts what it was asked."""

    listener: socket.socket
    talk: Talk
    tls: ssl.SSLContext | None = None
    requests: int = 0

    @property
    def bind(self) -> str:
        name = self.listener.getsockname()
        if isinstance(name, str):
            return f"unix:{name}"
        return f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}"

    def run(self) -> None:
        while True:
            try:
                connection, _address = self.listener.accept()
            except OSError:
                return
            number = self.requests
            self.requests += 1  # before the answer, which ends the test that compares it
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError):
            try:
                if self.tls:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                self.talk(connection, number)
            finally:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()


def listen(place: str | Path) -> socket.socket:
    """A path, or an address whose port the system chooses."""
    family = socket.AF_UNIX if isinstance(place, Path) else socket.AF_INET6 if ":" in place else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.bind(str(place) if isinstance(place, Path) else (place, 0))
    listener.listen(16)
    return listener


Serve = Callable[..., Server]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a server, by default on a unix socket."""
    listeners = []

    def start(talk: Talk, place: str = "", tls: ssl.SSLContext | None = None) -> Server:
        listeners.append(listen(place or tmp_path / f"{len(listeners)}.sock"))
        server = Server(listeners[-1], talk, tls)
        threading.Thread(target=server.run, daemon=True).start()
        return server

    yield start
    for listener in listeners:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.fixture(params=["unix", "127.0.0.1"])
def place(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "unix" else str(request.param)


# ---- answers -----------------------------------------------------------------------------------------------------


def test_healthy(serve: Serve, place: str) -> None:
    sent: list[bytes] = []

    def talk(connection: socket.socket, _number: int) -> None:
        sent.append(heard(connection))
        connection.sendall(GOOD)

    health = Health("/a?b", host="a.org", headers={"X-Version": "^1"}, body="^ok$")
    answer = ask(serve(talk, place).bind, health)
    assert (answer.healthy, answer.status, answer.problem) == (True, 200, "")
    assert answer.seen == "GET /a?b: 200 OK\nX-Version: 1.2"
    assert sent[0].startswith(b"GET /a?b HTTP/1.1\r\nHost: a.org\r\n")
    assert b"X-Forwarded-Proto: https\r\n" in sent[0]


def test_ipv6(serve: Serve) -> None:
    try:
        server = serve(say(GOOD), "::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    assert server.bind.startswith("[::1]:")
    assert ask(server.bind, Health()).healthy


def test_sick(serve: Serve) -> None:
    answer = ask(serve(say(BAD)).bind, Health("/healthz"))
    assert (answer.healthy, answer.status) == (False, 500)
    assert answer.seen == "GET /healthz: 500 Oh no (status 500, expected any below 500)\nbroken"


@pytest.mark.parametrize(
    ("answer", "health", "expected"),
    [
        pytest.param(
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            Health(headers={"Location": ":1/$"}),
            "",
            id="redirect is an answer",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhea\r\n4;x=y\r\nlthy\r\n0\r\nT: 1\r\n\r\n",
            Health(body="^healthy$"),
            "",
            id="chunked",
        ),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\nhealthy", Health(body="^healthy$"), "", id="ends with the connection"),
        pytest.param(
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n",
            Health(),
            "status 503, expected any below 500",
            id="early hints are not the answer",
        ),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + GOOD, Health(body="^ok$"), "", id="continue is not the answer"
        ),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", Health(status=(204,)), "", id="no content"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Health(method="HEAD"), "", id="head without a body"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 0\r\n\r\n",
            Health(headers={"x-a": "^1, 2$"}),
            "",
            id="a header twice",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
            Health(),
            "the response was truncated",
            id="too short",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nshort",
            Health(),
            "the response was truncated",
            id="chunk too short",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nshort",
            Health(),
            "the response was truncated",
            id="no chunk at all",
        ),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", Health(), "the response is not HTTP: 'SSH-2.0", id="another protocol"),
        pytest.param(b"\x00\xff\x1b[2J\n", Health(), "the response is not HTTP: '\\x00\\xff\\x1b[2J", id="bytes"),
        pytest.param(b"HTTP/1.1 abc OK\r\n\r\n", Health(), "the response is not HTTP", id="no number"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
            Health(),
            "the response is not HTTP: got more",
            id="headers",
        ),
        pytest.param(b"HTTP/1.1 200 " + b"O" * 70000, Health(), "the response is not HTTP: got more", id="long line"),
        pytest.param(b"\x15\x03\x01\x00\x02\x02\x46", Health(), "the response is TLS, not plain HTTP", id="TLS alert"),
        pytest.param(b"", Health(), "the connection was closed without a response", id="nothing"),
    ],
)
def test_answers(serve: Serve, answer: bytes, health: Health, expected: str) -> None:
    found = ask(serve(say(answer)).bind, health)
    assert found.problem.startswith(expected) and found.healthy is not bool(expected), found


def test_status_line_of_an_answer_that_broke_off(serve: Serve) -> None:
    found = ask(serve(say(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort")).bind, Health())
    assert found.seen == "GET /: 200 OK (the response was truncated)\nshort"


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n", id="declared"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFF\r\n", id="one chunk"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n", id="until the connection ends"),
    ],
)
def test_gigabytes(serve: Serve, head: bytes) -> None:
    """The first 64 KiB are searched; the rest is not waited for."""
    sent = [0]

    def talk(connection: socket.socket, _number: int) -> None:
        heard(connection)
        connection.sendall(head + b"first ")
        while True:
            sent[0] += connection.send(b"x" * 65536)

    bind = serve(talk).bind
    assert ask(bind, Health(body="^first x", timeout=20)).healthy
    assert ask(bind, Health(body="y", timeout=20)).problem == "body does not match 'y'"
    assert sent[0] < 20 * 1024**2


@pytest.mark.parametrize(
    ("head", "flood", "problem"),
    [
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", "endless", id="continue"),
        pytest.param(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", "endless", id="early hints"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1;" + b"x" * 60000 + b"\r\ny\r\n",
            "endless",
            id="chunk extensions",
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"-1\r\n" * 99, "", id="negative chunk"),
    ],
)
def test_flood_that_is_no_body(serve: Serve, head: bytes, flood: bytes, problem: str) -> None:
    """It ends by size, not by time."""
    sent = [0]

    def talk(connection: socket.socket, _number: int) -> None:
        heard(connection)
        connection.sendall(head)
        while True:
            connection.sendall(flood)
            sent[0] += len(flood)

    answer = ask(serve(talk).bind, Health(timeout=30))
    assert problem in answer.problem and answer.healthy is not bool(problem), answer
    assert answer.seconds < 25
    assert sent[0] < 4 * wire.MOST_READ


# ---- time --------------------------------------------------------------------------------------------------------


def drip(text: bytes) -> Talk:
    def talk(connection: socket.socket, _number: int) -> None:
        heard(connection)
        for position in range(len(text)):
            connection.sendall(text[position : position + 1])
            time.sleep(0.1)

    return talk


def mute(connection: socket.socket, _number: int) -> None:
    heard(connection)
    time.sleep(30)


@pytest.mark.parametrize(
    ("talk", "problem"),
    [
        pytest.param(mute, "timed out, connected but no response within 0.5 s", id="no answer"),
        pytest.param(drip(GOOD), "timed out, connected but no response within 0.5 s", id="headers drip"),
        pytest.param(
            lambda connection, number: (connection.sendall(GOOD[:-2]), drip(b"ok" * 9)(connection, number)),
            "",
            id="the whole body is in time",
        ),
        pytest.param(
            lambda connection, number: (
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n"),
                drip(b"o" * 100)(connection, number),
            ),
            "timed out, no complete response within 0.5 s",
            id="body drips",
        ),
    ],
)
def test_time_limit_of_one_answer(serve: Serve, place: str, talk: Talk, problem: str) -> None:
    """It holds for the whole answer, not for each byte."""
    answer = ask(serve(talk, place).bind, Health(timeout=0.5))
    assert answer.problem == problem
    assert answer.seconds < 1.5


def test_body_that_came_before_the_time_out_is_shown(serve: Serve) -> None:
    def talk(connection: socket.socket, number: int) -> None:
        heard(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nbegun")
        time.sleep(30)

    assert ask(serve(talk).bind, Health(timeout=0.3)).seen == (
        "GET /: 200 OK (timed out, no complete response within 0.3 s)\nbegun"
    )


def test_time_limit_over_all(serve: Serve) -> None:
    """It cuts the last answer short, and the answer before is the one that tells."""
    server = serve(lambda connection, number: (say(BAD) if number < 2 else mute)(connection, number))
    started = time.monotonic()
    answer = wait_healthy(server.bind, Health(timeout=10, within=1), never)
    assert time.monotonic() - started < 2.5
    assert (answer.healthy, answer.status, answer.attempts, server.requests) == (False, 500, 3, 3)
    lines = answer.seen.splitlines()
    assert lines[0].startswith("no healthy response within 1 s; the last: GET /: 500 Oh no (status 500")
    assert lines[1] == "broken"
    assert lines[2].startswith("3 attempts: 2 × status 500, expected any below 500, 1 × timed out, connected")


# ---- sockets -----------------------------------------------------------------------------------------------------


def test_nobody_listens(tmp_path: Path) -> None:
    gone = listen(tmp_path / "gone.sock")
    gone.close()
    assert ask(f"unix:{tmp_path}/gone.sock", Health()).seen == "GET /: connection refused"
    assert ask(f"unix:{tmp_path}/none.sock", Health()).seen == "GET /: the socket does not exist"
    port = listen("127.0.0.1")
    number = port.getsockname()[1]
    port.close()
    assert ask(f"127.0.0.1:{number}", Health()).seen == "GET /: connection refused"


def test_name_that_does_not_exist() -> None:
    answer = ask("no-such-host.invalid:80", Health())
    assert not answer.healthy and answer.problem.startswith("no connection: ")


def test_queue_that_nobody_serves(tmp_path: Path) -> None:
    """systemd holds such sockets while a service boots: connections wait until they are too many."""
    listener = listen(tmp_path / "held.sock")
    listener.listen(1)
    bind = f"unix:{tmp_path}/held.sock"
    waiting = []
    try:
        first = ask(bind, Health(timeout=0.3))
        assert first.problem == "timed out, connected but no response within 0.3 s"
        for _attempt in range(8):
            one = socket.socket(socket.AF_UNIX)
            one.setblocking(False)
            waiting.append(one)
            with contextlib.suppress(BlockingIOError):
                one.connect(str(tmp_path / "held.sock"))
        assert ask(bind, Health(timeout=0.3)).problem == "the socket's queue is full"
        late = wait_healthy(bind, Health(timeout=0.3, within=0.7), never)
        assert "× the socket's queue is full" in late.seen
    finally:
        for one in (*waiting, listener):
            one.close()


# ---- again and again ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "health", [Health(body="(a+)+$"), Health(headers={"X-Evil": "(a+)+$"})], ids=["body", "header"]
)
def test_a_response_that_keeps_a_pattern_busy(serve: Serve, health: Health) -> None:
    """The app chooses what is searched, so it must not choose how long that takes."""
    evil = b"a" * 5000 + b"!"
    answer = b"HTTP/1.1 200 OK\r\nX-Evil: " + evil + b"\r\nContent-Length: 5001\r\n\r\n" + evil
    started = time.monotonic()
    found = wait_healthy(serve(say(answer)).bind, replace(health, within=2), never)
    assert time.monotonic() - started < 10
    assert not found.healthy
    assert "matching the patterns of this health check took longer than 1 s" in found.seen


def test_until_healthy(serve: Serve) -> None:
    server = serve(say(BAD, b"", GOOD))
    answer = wait_healthy(server.bind, Health(), never)
    assert (answer.healthy, answer.attempts, answer.seen) == (True, 3, "GET /: 200 OK")
    assert 0.1 < answer.seconds < 5


def test_successes_in_a_row(serve: Serve) -> None:
    server = serve(say(GOOD, GOOD, BAD, GOOD))
    answer = wait_healthy(server.bind, Health(successes=3), never)
    assert (answer.healthy, answer.attempts) == (True, 6)


def test_too_few_successes_in_a_row(serve: Serve) -> None:
    server = serve(lambda connection, number: say(BAD if number % 3 == 2 else GOOD)(connection, number))
    answer = wait_healthy(server.bind, Health(successes=3), never, attempts=6)
    assert (answer.healthy, answer.attempts) == (False, 6)
    assert answer.seen.startswith("fewer than 3 healthy responses in a row in 6 attempts; the last: GET /: 500 Oh no")
    assert answer.seen.endswith("6 attempts: 4 × healthy, 2 × status 500, expected any below 500")


@pytest.mark.parametrize(("attempts", "said"), [(1, "in 1 attempt;"), (3, "in 3 attempts;")])
def test_number_of_attempts(serve: Serve, attempts: int, said: str) -> None:
    server = serve(say(BAD))
    answer = wait_healthy(server.bind, Health(), never, attempts=attempts)
    assert (answer.healthy, answer.attempts, server.requests) == (False, attempts, attempts)
    assert f"no healthy response {said}" in answer.seen


def test_hopeless_while_nobody_answers(serve: Serve) -> None:
    """The watch ends the wait long before the time-out."""
    answer = wait_healthy(serve(mute).bind, Health(timeout=30), lambda: "the service died")
    assert answer.seen == "the service died\nGET /: no worker accepted the request"
    assert answer.seconds < 5


def test_hopeless_between_attempts(serve: Serve) -> None:
    answer = wait_healthy(serve(say(BAD)).bind, Health(), lambda: "the service died")
    assert answer.seen.startswith("the service died\nGET /: 500 Oh no")
    assert answer.attempts == 1


# ---- TLS ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate, and the server's side of TLS with it."""

    path: Path
    server: ssl.SSLContext


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """For localhost and 127.0.0.1."""
    directory = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime(2020, 1, 1)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path, private = directory / "cert.pem", directory / "key.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, private)
    return Certificate(path, context)


def test_tls_without_verification(serve: Serve, place: str, certificate: Certificate) -> None:
    server = serve(say(GOOD), place, certificate.server)
    assert ask(server.bind, Health(host="shop.example.com", body="^ok$"), tls=True).healthy


@pytest.mark.parametrize(
    ("host", "trusted", "problem"),
    [
        pytest.param("localhost:8443", True, "", id="trusted, name of the certificate"),
        pytest.param("127.0.0.1", True, "", id="trusted, address"),
        pytest.param("a.org", True, "the certificate was rejected: Hostname mismatch", id="another name"),
        pytest.param("localhost", False, "the certificate was rejected: self", id="not trusted"),
    ],
)
def test_tls_with_verification(serve: Serve, certificate: Certificate, host: str, trusted: bool, problem: str) -> None:
    server = serve(say(GOOD), "127.0.0.1", certificate.server)
    context = ssl.create_default_context(cafile=str(certificate.path)) if trusted else ssl.create_default_context()
    answer = ask(server.bind, Health(host=host), tls=context)
    assert answer.problem.startswith(problem) and answer.healthy is not bool(problem), answer


def test_tls_where_there_is_none(serve: Serve) -> None:
    def talk(connection: socket.socket, _number: int) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    assert ask(serve(talk).bind, Health(), tls=True).problem == "the server does not use TLS"


def test_tls_where_none_is_expected(serve: Serve, certificate: Certificate) -> None:
    answer = ask(serve(say(GOOD), tls=certificate.server).bind, Health())
    assert not answer.healthy and answer.status == 0


def test_tls_handshake_without_end(serve: Serve) -> None:
    server = serve(lambda _connection, _number: time.sleep(30))
    answer = ask(server.bind, Health(timeout=0.3), tls=True)
    assert answer.problem == "timed out, no TLS handshake within 0.3 s"


def test_tls_time_limit(serve: Serve, certificate: Certificate) -> None:
    answer = ask(serve(drip(GOOD), tls=certificate.server).bind, Health(timeout=0.5), tls=True)
    assert answer.problem == "timed out, connected but no response within 0.5 s"
    assert answer.seconds < 1.5
