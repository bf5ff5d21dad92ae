# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ready-made access log and memory log, under each kind of worker that has them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers import Converge, hello

ASGI = """
async def asgi(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})
"""
AGENT = 'quo"te %(h)s {x}'
REQUEST = f"""
import http.client, socket, sys
connection = http.client.HTTPConnection("localhost", timeout=10)
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.connect(sys.argv[1])
headers = {{"User-Agent": {AGENT!r}, "X-Request-ID": "given-by-nginx", "X-Real-IP": "192.0.2.7"}}
connection.request("GET", "/some/path?token=hidden", headers=headers)
response = connection.getresponse()
assert response.status == 200
response.read()  # whoever hangs up before that may not be logged
"""
HOOKS = """
def worker_exit(server, worker):
    server.log.info("our own worker_exit was called as well")
"""


@pytest.mark.parametrize(("worker_class", "gunicorn"), [("sync", "20.1.0"), ("gthread", "27.0.1"), ("asgi", "27.0.1")])
def test_access_log_and_memory(converge: Converge, tmp_path: Path, worker_class: str, gunicorn: str) -> None:
    """Each line is JSON whatever the client sends, with nginx's request id and without the query."""
    host = converge.host
    source = hello(tmp_path, extra=ASGI)
    (source / "hooks.py").write_text(HOOKS)
    name = f"told-{worker_class}"
    app = {
        "app": "hello:asgi" if worker_class == "asgi" else "hello:app",
        "source": {"local": str(source)},
        "settings": {"worker_class": worker_class, "workers": 1},
        "gunicorn_version": gunicorn,
        "access_log": "json",
        "log_memory": True,
        "hooks": "hooks.py",
    }
    converge({name: app})
    assert converge({name: app}).changed == 0
    host.run(f"cat > /root/request.py <<'END'\n{REQUEST}\nEND")
    host.run(f"python3 /root/request.py /run/gunicorn/{name}/web.sock")
    unit = f"gunicorn-{name}-web.service"
    logged = f"journalctl --no-pager -o cat -u {unit} | grep some/path"
    lines = host.out(f"for turn in $(seq 50); do {logged} && break; sleep 0.1; done").splitlines()
    (said,) = map(json.loads, lines)
    assert (said["method"], said["path"], said["status"]) == ("GET", "/some/path", 200)
    assert (said["request_id"], said["remote_addr"], said["user_agent"]) == ("given-by-nginx", "192.0.2.7", AGENT)
    assert said["bytes"] > 0
    assert 0 < said["seconds"] < 10
    assert "hidden" not in host.out(f"journalctl --no-pager -o cat -u {unit}")

    host.run(f"systemctl restart {unit}")
    log = host.out(f"journalctl --no-pager -o cat -u {unit}")
    assert "requests, its memory was" in log
    assert "our own worker_exit was called as well" in log
