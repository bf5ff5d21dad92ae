# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What clients, a compromised app or a hostile repository can reach through nginx: each attack is carried out."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.headers import DROPPED, NEVER, UNDERSCORES
from rig import Host, Result, run_playbook

MIRROR = Path(__file__).parent / "apps" / "mirror"
LOGS = "/var/log/nginx"
BALANCER = "127.0.0.5"
SHARED, RELEASED = "/srv/gunicorn/mirror/shared", "/opt/mirror"
PROXY = "- hosts: all\n  gather_facts: false\n  roles: [wsgiops.gunicorn.gunicorn_proxy]\n"
ONE = {"workers": 1, "threads": 8}
VARIABLES: dict[str, Any] = {
    "gunicorn_apps": {
        # The repository is somebody else's directory, so that it can hold what a fetched source is refused for.
        "mirror": {
            "app": "mirror:app",
            "source": {"path": RELEASED},
            "settings": ONE,
            "server_name": ["shop.localhost"],
            "static": {"/media/": "{shared}/media", "/static/": "public", "/linked/": "linked"},
        },
        "rival": {
            "app": "mirror:app",
            "source": {"local": str(MIRROR)},
            "settings": ONE,
            "server_name": ["shop.localhost"],
            "instances": {"web": {"routes": ["/rival/"]}},
        },
        "lone": {
            "app": "mirror:app",
            "source": {"local": str(MIRROR)},
            "settings": ONE,
            "server_name": ["lone.localhost"],
            "static": {"/files/": "{shared}/files"},
            "proxy": {
                "log_query": True,
                "limit_conn": 3,
                "client_headers": ["X-HTTP-Method-Override"],
                "static_all_files": True,
                "streaming": ["/events/"],
                "tls": {"certificate": "/root/c.pem", "key": "/root/k.pem", "redirect": False, "hsts": 63072000},
            },
        },
    },
    "gunicorn_proxy_trusted_proxies": [BALANCER],
    "gunicorn_proxy_trusted_headers": ["X-Forwarded-User"],
    "gunicorn_proxy_public_ports": [18081],
    "gunicorn_proxy_client_header_timeout": 2,
}

# Sends each request over a connection of its own, from a given address or with a given name in the TLS handshake.
EXCHANGE = """
import base64, json, socket, ssl, sys
for line in sys.stdin:
    answers = []
    for source, name, request in json.loads(line):
        received = b""
        try:
            connection = socket.create_connection(("127.0.0.1", 443 if name else 80), 20, (source, 0))
            if name:
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                connection = context.wrap_socket(connection, server_hostname=name)
            connection.sendall(base64.b64decode(request))
            while part := connection.recv(65536):
                received += part
        except ssl.SSLError as exc:
            received = ("HTTP/1.1 0 " + exc.reason + "\\r\\n\\r\\n").encode()
        connection.close()
        answers.append(received.decode("latin-1"))
    print(json.dumps(answers), flush=True)
"""
# Opens connections that send a byte of a header now and then, and prints how long the last one was kept.
SLOW = """
import json, select, socket, sys, time
started, open_ones = time.monotonic(), []
for _ in range(int(sys.argv[1])):
    one = socket.create_connection(("127.0.0.1", 80), 5)
    one.sendall(b"GET / HTTP/1.1\\r\\nHost: lone.localhost\\r\\nX-Slow: ")
    open_ones.append(one)
print("open", flush=True)
while open_ones and time.monotonic() - started < 15:
    for one in list(open_ones):
        try:
            one.sendall(b"x")
            if select.select([one], [], [], 0)[0] and not one.recv(1024):
                open_ones.remove(one)
        except OSError:
            open_ones.remove(one)
    time.sleep(0.2)
print(json.dumps([len(open_ones), round(time.monotonic() - started, 1)]))
"""
# Requests that take a while, all at once; prints their status codes.
AT_ONCE = """
import json, socket, sys, threading
codes = []
def ask(source):
    with socket.create_connection(("127.0.0.1", 80), 20, (source, 0)) as one:
        one.sendall(b"GET /wait?seconds=2 HTTP/1.1\\r\\nHost: lone.localhost\\r\\nConnection: close\\r\\n\\r\\n")
        codes.append((source, one.recv(64).split()[1].decode()))
threads = [threading.Thread(target=ask, args=(source,)) for source in sys.argv[1:]]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(json.dumps(sorted(codes)))
"""
LOOP = """
import json, os, socket, sys
codes = {}
while not os.path.exists("/root/stop"):
    try:
        with socket.create_connection(("127.0.0.1", 80), 10) as one:
            one.sendall(b"GET / HTTP/1.1\\r\\nHost: lone.localhost\\r\\nConnection: close\\r\\n\\r\\n")
            code = one.recv(64).split()[1].decode()
    except (OSError, IndexError) as exc:
        code = repr(exc)
    codes[code] = codes.get(code, 0) + 1
print(json.dumps(codes))
"""


@dataclass(frozen=True)
class Site:
    """A host with three apps behind nginx, and requests to them."""

    host: Host
    directory: Path
    client: subprocess.Popen[str]

    def play(self, playbook: str = PROXY, *options: str, **more: Any) -> Result:
        return run_playbook(playbook, self.host, {**VARIABLES, **more}, self.directory, *options)

    def placed(self, name: str) -> str:
        """Return the path of one of the scripts above on the host."""
        code = base64.b64encode(globals()[name].encode()).decode()
        self.host.run(f"echo {code} | base64 -d > /root/{name}.py")
        return f"/root/{name}.py"

    def script(self, name: str, *arguments: str) -> str:
        return self.host.out(f"python3 {self.placed(name)} {' '.join(arguments)}")

    def raw(self, *requests: bytes, source: str = "127.0.0.1", tls: str = "") -> list[str]:
        asked = [(source, tls, base64.b64encode(request).decode()) for request in requests]
        assert self.client.stdin and self.client.stdout
        self.client.stdin.write(json.dumps(asked) + "\n")
        self.client.stdin.flush()
        return list(json.loads(self.client.stdout.readline()))

    def get(
        self, path: str, *headers: str, host: str = "shop.localhost", source: str = "127.0.0.1", tls: str = ""
    ) -> tuple[int, str, str]:
        """Return status, head and body of the answer."""
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: close", *headers, "", ""]
        (answer,) = self.raw("\r\n".join(lines).encode("latin-1"), source=source, tls=tls)
        head, _empty, body = answer.partition("\r\n\r\n")
        return int(head.split()[1]), head, body

    def seen(self, *headers: str, **more: Any) -> dict[str, str]:
        """What the app is told about a request; its answer may be chunked."""
        status, head, body = self.get(more.pop("path", "/"), *headers, **more)
        assert status == 200, head
        return dict(json.loads(body[body.index("{") : body.rindex("}") + 1]))

    def log(self, app: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.host.out(f"cat {LOGS}/gunicorn-{app}.access.log").splitlines()]

    def modes(self) -> set[str]:
        return set(self.host.out(f"stat -c '%a %U %G' {LOGS}/gunicorn-*").splitlines())


@pytest.fixture(scope="module", params=["debian12", "debian13"])
def site(
    request: pytest.FixtureRequest, new_host: Callable[..., Host], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Each app is the same small program, and does for these tests what a compromised one would do."""
    host = new_host(f"proxy-{request.param}", request.param)
    code = base64.b64encode((MIRROR / "mirror.py").read_bytes()).decode()
    host.run(
        f"mkdir -p {RELEASED}/public && cd {RELEASED} && echo {code} | base64 -d > mirror.py && cd public && "
        "echo css > app.css && echo code > settings.py && touch requirements.txt db.sqlite3 .env && "
        f"ln -s /etc/passwd passwd && ln -s /etc etc && ln -s {LOGS}/gunicorn-lone.access.log log && "
        f"ln -s app.css inside && ln -s /etc {RELEASED}/linked"
    )
    host.run("cd /root && openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=lone -keyout k.pem -out c.pem")
    code = base64.b64encode(EXCHANGE.encode()).decode()
    host.run(f"echo {code} | base64 -d > /root/exchange.py")
    command = [host.tool, "exec", host.name, "python3", "/root/exchange.py"]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    built = Site(host, tmp_path_factory.mktemp("proxy"), client)
    done = built.play("wsgiops.gunicorn.site")
    assert done.status == 0, done.output
    assert "warn" not in host.run("nginx -t").stderr
    again = built.play("wsgiops.gunicorn.site")
    assert again.changed == 0, again.output
    yield built
    assert client.stdin
    client.stdin.close()
    client.wait()


# ---- what clients claim ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/events/"])
def test_no_client_names_itself(site: Site, path: str) -> None:
    """None of the headers by which proxies identify clients arrives, in any spelling; both kinds of location."""
    forged = [f"{name}: forged" for name in (*DROPPED, *NEVER, *UNDERSCORES) if name != "X-HTTP-Method-Override"]
    forged += [f"{name}: forged" for name in ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Real-IP")]
    forged += [f"{name}: forged" for name in ("X-Forwarded-Proto", "X-Request-ID", "X_Forwarded_For", "Remote_User")]
    forged += ["remote-USER: forged", "X-Remote-User : forged", "X-API-Key: mine"]
    # In portions: all at once would exceed what Gunicorn accepts of one request.
    for first in range(0, len(forged), 60):
        seen = site.seen(
            *(line for line in forged[first : first + 60] if " :" not in line), host="lone.localhost", path=path
        )
        assert [name for name, value in seen.items() if "forged" in value] == []
    assert site.seen("X-API-Key: mine", host="lone.localhost", path=path)["HTTP_X_API_KEY"] == "mine"


def test_a_header_that_the_app_wants(site: Site) -> None:
    header = "X-HTTP-Method-Override: DELETE"
    assert site.seen(header, host="lone.localhost")["HTTP_X_HTTP_METHOD_OVERRIDE"] == "DELETE"
    assert "HTTP_X_HTTP_METHOD_OVERRIDE" not in site.seen(header)


@pytest.mark.parametrize(
    ("host", "headers", "source", "expected"),
    [
        pytest.param("shop.localhost", (), "", ("shop.localhost", "80", "http"), id="usual"),
        pytest.param("shop.localhost:31337", (), "", ("shop.localhost", "80", "http"), id="port of another app"),
        pytest.param("shop.localhost:80", (), "", ("shop.localhost:80", "80", "http"), id="its own port"),
        pytest.param("shop.localhost:18081", (), "", ("shop.localhost:18081", "18081", "http"), id="published port"),
        pytest.param(
            "shop.localhost:8443",
            ("X-Forwarded-Proto: https",),
            BALANCER,
            ("shop.localhost:8443", "8443", "https"),
            id="balancer",
        ),
        pytest.param(
            "shop.localhost",
            ("X-Forwarded-Proto: https",),
            BALANCER,
            ("shop.localhost", "443", "https"),
            id="balancer with TLS",
        ),
        pytest.param(
            "shop.localhost:8443",
            ("X-Forwarded-Proto: https", "X-Forwarded-Port: 8443"),
            "127.0.0.6",
            ("shop.localhost", "80", "http"),
            id="somebody who claims to be one",
        ),
    ],
)
def test_ports(site: Site, host: str, headers: tuple[str, ...], source: str, expected: tuple[str, str, str]) -> None:
    seen = site.seen(*headers, host=host, source=source or "127.0.0.1")
    assert (seen["HTTP_HOST"], seen["HTTP_X_FORWARDED_PORT"], seen["scheme"]) == expected


def test_only_the_balancer_names_the_user(site: Site) -> None:
    header = "X-Forwarded-User: root"
    assert site.seen(header, source=BALANCER)["HTTP_X_FORWARDED_USER"] == "root"
    assert "HTTP_X_FORWARDED_USER" not in site.seen(header)
    assert "HTTP_X_REMOTE_USER" not in site.seen("X-Remote-User: root", source=BALANCER)


@pytest.mark.parametrize(
    ("name", "host", "status"),
    [
        pytest.param("lone.localhost", "lone.localhost", 200, id="the site"),
        pytest.param("lone.localhost", "other.localhost", 421, id="another host in a connection of the site"),
        pytest.param("other.localhost", "lone.localhost", 0, id="no site in the handshake"),
    ],
)
def test_names_in_tls(site: Site, name: str, host: str, status: int) -> None:
    answer = site.get("/", "X-Forwarded-Port: 1", host=host, tls=name)
    assert answer[0] == status, answer
    if status == 200:
        assert '"HTTP_X_FORWARDED_PORT": "443"' in answer[2] and '"HTTP_X_FORWARDED_PROTO": "https"' in answer[2]


# ---- what apps answer --------------------------------------------------------------------------------------------


def test_an_app_says_nothing_about_its_software(site: Site) -> None:
    _status, head, _body = site.get("/answer?X-Powered-By=py&Server=evil&X-Accel-Expires=9&X-Accel-Charset=x&X-Own=1")
    assert "X-Own: 1" in head
    assert re.findall(r"(?im)^(?:x-powered-by|x-accel-\S+): *(.*)$", head) == []
    assert re.findall(r"(?im)^server: *(.*?)\r?$", head) == ["nginx"]


@pytest.mark.parametrize("target", ["/rival/read", "/linked/passwd", "@gunicorn_mirror_static_0"])
def test_no_app_reaches_the_locations_of_another_one(site: Site, target: str) -> None:
    """They share a server, so nginx ignores the header, and answers with what the app itself said."""
    status, head, body = site.get(f"/rival/answer?X-Accel-Redirect={target}")
    assert (status, "X-Accel" in head) == (200, False)
    assert '"PATH_INFO": "/rival/answer"' in body


def test_an_app_alone_may_have_nginx_send_its_files(site: Site) -> None:
    site.seen(path="/write?path=/srv/gunicorn/lone/shared/files/report.txt&text=report", host="lone.localhost")
    status, _head, body = site.get("/answer?X-Accel-Redirect=/files/report.txt", host="lone.localhost")
    assert (status, body) == (200, "report")


# ---- files -------------------------------------------------------------------------------------------------------


def test_links_that_an_app_makes(site: Site) -> None:
    """It may link to its own files, and to nothing that nginx can read and the app cannot."""
    media = f"{SHARED}/media"
    site.seen(path=f"/write?path={media}/photo.txt&text=photo")
    targets = {
        "passwd": "/etc/passwd",
        "etc": "/etc",
        "log": f"{LOGS}/gunicorn-lone.access.log",
        "root": "/",
        "proc": "/proc/self/environ",
        "own": "photo.txt",
        "absolute": f"{media}/photo.txt",
    }
    for name, target in targets.items():
        site.host.run(f"rm -f {media}/{name}")
        site.seen(path=f"/link?where={media}&name={name}&to={target}")
    refused = ["passwd", "etc/passwd", "log", "root/etc/passwd", "proc"]
    assert {name: site.get(f"/media/{name}")[0] for name in refused} == dict.fromkeys(refused, 403)
    assert [site.get(f"/media/{name}")[::2] for name in ("photo.txt", "own", "absolute")] == [(200, "photo")] * 3
    # The directory itself is the app's, too.
    site.host.run(f"mv {media} {media}.real")
    site.seen(path=f"/link?where={SHARED}&name=media&to=/etc")
    assert site.get("/media/passwd")[0] == 403
    site.host.run(f"rm {media}; mv {media}.real {media}")


def test_links_of_a_repository(site: Site) -> None:
    """In a release root owns everything, so nginx follows no link, wherever it leads."""
    assert site.get("/static/app.css")[::2] == (200, "css\n")
    refused = ["/static/passwd", "/static/etc/passwd", "/static/log", "/static/inside", "/linked/passwd"]
    answers = {path: site.get(path) for path in refused}
    assert {status for status, _head, _body in answers.values()} <= {403, 404}
    assert not any("root:" in body or "lone.localhost" in body for _status, _head, body in answers.values())


def test_private_files(site: Site) -> None:
    private = ["settings.py", "requirements.txt", "db.sqlite3", ".env", "SETTINGS.PY", "%2eenv", "settings%2epy"]
    assert {name: site.get(f"/static/{name}")[0] for name in private} == dict.fromkeys(private, 404)
    site.seen(path="/write?path=/srv/gunicorn/lone/shared/files/lesson.py&text=lesson", host="lone.localhost")
    assert site.get("/files/lesson.py", host="lone.localhost")[::2] == (200, "lesson"), "static_all_files"


# ---- logs --------------------------------------------------------------------------------------------------------


def test_logs_are_for_administrators(site: Site) -> None:
    assert site.modes() == {"640 www-data adm"}
    for log in ("gunicorn-lone.access.log", "gunicorn-mirror.access.log"):
        assert site.seen(path=f"/read?path={LOGS}/{log}") in (
            {"refused": "Permission denied"},
            {"refused": "No such file or directory"},
        )


def test_queries_are_not_logged(site: Site) -> None:
    site.get("/reset?token=s3cret", "Referer: http://shop.localhost/reset?token=s3cret#x")
    site.get("/reset?token=s3cret", "Referer: http://x.localhost/?token=s3cret", host="lone.localhost")
    last = site.log("mirror")[-1]
    assert (last["uri"], last["referer"]) == ("/reset", "http://shop.localhost/reset")
    assert "s3cret" not in json.dumps(site.log("mirror"))
    asked = site.log("lone")[-1]
    assert (asked["uri"], asked["referer"]) == ("/reset?token=s3cret", "http://x.localhost/?token=s3cret")


def test_every_line_is_json(site: Site) -> None:
    """Whatever bytes a client sends, and however many."""
    path = "/" + "a" * 7000
    requests = [
        f"GET {path}?q=1 HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\n\r\n".encode(),
        f"GET {path}".encode() + b"\xff HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\n\r\n",
        b'GET /"\\?"\\ HTTP/1.1\r\nHost: shop.localhost\r\nReferer: \xff?"\r\nUser-Agent: "\\\t\xc3\xa9\r\n'
        b"Connection: close\r\n\r\n",
        b"GET /?? HTTP/1.1\r\nHost: shop.localhost\r\nReferer: ?\r\nConnection: close\r\n\r\n",
        "GET /grüße?x=ü HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\n\r\n".encode(),
    ]
    site.raw(*requests)
    lines = site.log("mirror")[-len(requests) :]
    assert [line["uri"] for line in lines] == [path, "(not UTF-8)", '/"\\', "/", "/grüße"]
    assert [line["referer"] for line in lines] == ["", "", "(not UTF-8)", "", ""]


@pytest.mark.parametrize("site", ["debian12"], indirect=True)
def test_rotation(site: Site) -> None:
    """As the distribution's logrotate does it: nginx goes on in a new file that nobody else can read."""
    site.host.run("command -v logrotate || apt-get install -qy --no-install-recommends logrotate")
    site.get("/before")
    site.host.run("logrotate -f /etc/logrotate.d/nginx; sleep 1")
    site.get("/after")
    assert [line["uri"] for line in site.log("mirror")] == ["/after"]
    assert site.modes() == {"640 www-data adm"}
    assert site.play().changed == 0


@pytest.mark.parametrize("site", ["debian12"], indirect=True)
def test_open_logs_are_seen_and_closed(site: Site) -> None:
    site.host.run(
        f"cd {LOGS} && chmod 0644 gunicorn-lone.access.log && install -m 0644 /dev/null gunicorn-old.access.log.2"
    )
    site.host.run(f"rm {LOGS}/gunicorn-rival.access.log; ln -s /etc/shadow {LOGS}/gunicorn-linked.access.log")
    wanted = [
        f"create {LOGS}/gunicorn-rival.access.log",
        f"set mode of {LOGS}/gunicorn-lone.access.log to 0640 (was 0644)",
        f"set mode of {LOGS}/gunicorn-old.access.log.2 to 0640 (was 0644)",
        "reload nginx.service",
    ]
    shadow = site.host.out("stat -c '%a %U %G' /etc/shadow")
    found = site.play("wsgiops.gunicorn.drift")
    assert found.status == 2, found.output
    assert sum(one["kind"] == "nginx-log" for one in found.of("gunicorn_drift")["findings"]) == 3
    assert site.play(PROXY, "--check").of("gunicorn_proxy")["changes"] == wanted
    assert site.play().of("gunicorn_proxy")["changes"] == wanted
    site.host.run(f"rm {LOGS}/gunicorn-linked.access.log {LOGS}/gunicorn-old.access.log.2")
    assert site.modes() == {"640 www-data adm"}
    assert site.host.out("stat -c '%a %U %G' /etc/shadow") == shadow
    site.get("/rival/again")
    assert site.log("rival")[-1]["uri"] == "/rival/again"


# ---- what one client may occupy ----------------------------------------------------------------------------------


def test_slow_clients_are_cut_off(site: Site) -> None:
    """Header after header, byte by byte: nginx waits 2 s for the whole head, and serves others meanwhile."""
    said: list[str] = []
    attack = threading.Thread(target=lambda: said.append(site.script("SLOW", "300")))
    attack.start()
    while attack.is_alive():
        assert site.get("/", host="lone.localhost")[0] == 200
    left, seconds = json.loads(said[0].splitlines()[-1])
    assert (left, seconds < 8) == (0, True)


def test_requests_of_one_address(site: Site) -> None:
    codes = json.loads(site.script("AT_ONCE", *["127.0.0.1"] * 5, "127.0.0.2"))
    assert [code for source, code in codes if source == "127.0.0.1"] == ["200"] * 3 + ["429"] * 2
    assert [code for source, code in codes if source == "127.0.0.2"] == ["200"]
    assert site.get("/", host="lone.localhost")[0] == 200


def test_headers_that_are_too_long(site: Site) -> None:
    assert site.get("/", f"X-Long: {'a' * 9000}")[0] == 400
    assert site.get("/" + "a" * 9000)[0] == 414


# ---- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("site", ["debian12"], indirect=True)
@pytest.mark.parametrize(
    ("variables", "cause"),
    [
        pytest.param(
            {"gunicorn_proxy_trusted_proxies": ["0.0.0.0/0"]},
            "gunicorn_proxy_trusted_proxies[0]: is 0.0.0.0/0, and whoever connects from there could choose its address",
            id="everybody is a balancer",
        ),
        pytest.param(
            {"gunicorn_proxy_trusted_proxies": []},
            "gunicorn_proxy_trusted_headers: has no effect without gunicorn_proxy_trusted_proxies.",
            id="headers of no balancer",
        ),
        pytest.param(
            {"gunicorn_proxy_public_ports": [0]},
            "gunicorn_proxy_public_ports[0]: must be from 1 to 65535, not 0.",
            id="no port",
        ),
        pytest.param(
            {"app": {"static": {"/x/": "."}}},
            "gunicorn_apps.lone.static./x/: '.' is or contains the app's whole source",
            id="whole source",
        ),
        pytest.param(
            {"app": {"static": {"/x/": "/etc"}}},
            "gunicorn_apps.lone.static./x/: '/etc' is a system directory",
            id="system directory",
        ),
        pytest.param(
            {"app": {"static": {"/x/": "/srv/gunicorn/mirror/shared/media"}}},
            "gunicorn_apps.lone.static./x/: '/srv/gunicorn/mirror/shared/media' is not one of the app's own",
            id="another app's files",
        ),
        pytest.param(
            {"app": {"server_name": [], "proxy": {"tls": {"certificate": "/a", "key": "/b"}}}},
            "gunicorn_apps.lone.proxy.tls.redirect: needs server_name",
            id="redirect to any host",
        ),
    ],
)
def test_refused_before_anything_changes(site: Site, variables: dict[str, Any], cause: str) -> None:
    before = site.host.out("ls -l --time-style=full-iso /etc/nginx/conf.d")
    more = dict(variables)
    if app := more.pop("app", None):
        apps = VARIABLES["gunicorn_apps"]
        more["gunicorn_apps"] = {**apps, "lone": {**apps["lone"], **app}}
    done = site.play(**more)
    assert (done.status, cause in " ".join(done.said.split())) == (2, True), done.output
    assert site.host.out("ls -l --time-style=full-iso /etc/nginx/conf.d") == before


# ---- the configuration as a whole --------------------------------------------------------------------------------


def test_gixy_finds_nothing(site: Site, tmp_path: Path) -> None:
    """In what nginx has really read; the distribution's own files are not ours to change."""
    parts = re.split(r"# configuration file (\S+):\n", site.host.run("nginx -T").stdout)
    ours = {path: text for path, text in zip(parts[1::2], parts[2::2]) if re.search(r"/\S*gunicorn\S*\.conf$", path)}
    assert len(ours) == 4
    main = tmp_path / "nginx.conf"
    main.write_text("events {}\nhttp {\n" + "\n".join(ours.values()) + "}\n")
    done = subprocess.run(
        [sys.executable, "-m", "gixy", "-f", "json", main], capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout) == [], done.stdout


# As the commit before wrote them, without what does not matter here.
EARLIER = {
    "00-gunicorn.conf": 'log_format gunicorn_json escape=json \'{{"uri":"$request_uri"}}\';\n'
    "server {{\n    listen 80 default_server backlog=2048;\n    listen [::]:80 default_server backlog=2048;\n"
    '    server_name "";\n    return 444;\n}}\n',
    "gunicorn-lone.conf": "upstream gunicorn.lone.web {{\n    server unix:/run/gunicorn/lone/web.sock;\n}}\n"
    "server {{\n    listen 80;\n    listen [::]:80;\n    server_name lone.localhost;\n"
    f"    access_log {LOGS}/gunicorn-lone.access.log gunicorn_json;\n"
    "    location / {{\n        proxy_pass http://gunicorn.lone.web;\n    }}\n}}\n",
    "gunicorn-mirror.conf": "",
    "gunicorn-rival.conf": "",
}


@pytest.mark.parametrize("site", ["debian12"], indirect=True)
def test_hosts_of_earlier_commits_heal_without_a_lost_request(site: Site) -> None:
    conf = "/etc/nginx/conf.d"
    for name, text in EARLIER.items():
        content = "# Managed by Ansible (wsgiops.gunicorn). Changes made here are overwritten.\n" + text.format()
        encoded = base64.b64encode(content.encode()).decode()
        site.host.run(f"echo {encoded} | base64 -d > {conf}/{name}")
    site.host.run(f"rm -f /root/stop {LOGS}/gunicorn-*; nginx -t && systemctl restart nginx")
    site.get("/", host="lone.localhost")
    assert "644 root root" in site.modes()
    said: list[str] = []
    asking = threading.Thread(target=lambda: said.append(site.script("LOOP")))
    asking.start()
    try:
        done = site.play()
    finally:
        site.host.run("touch /root/stop")
        asking.join()
    assert done.status == 0, done.output
    changes = done.of("gunicorn_proxy")["changes"]
    assert f"set mode of {LOGS}/gunicorn-lone.access.log to 0640 (was 0644)" in changes
    assert changes[-1] == "reload nginx.service"
    codes = json.loads(said[0])
    assert set(codes) == {"200"} and codes["200"] > 20, codes
    assert site.modes() == {"640 www-data adm"}
    assert site.play().changed == 0
