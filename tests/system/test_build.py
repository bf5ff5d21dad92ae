# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an app brings is fetched, compiled and built by its build user: neither root nor what serves is in reach."""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from helpers import Converge, ask, hello
from test_sources import GIT, commit, send

SECRET = "tr0ub4dor-3"
# Replaces a directory by a link to one that only root can read, as soon as a copy of the tree has begun.
SWAP = """
cd /srv/theirs
while [ ! -e /srv/enough ]; do
  for copy in /srv/gunicorn/swap/.stage/in/copy /srv/gunicorn/swap/src/*; do
    if [ -e $copy/a000 ] && [ ! -L zdir ]; then mv zdir .z && ln -s /root/private zdir; fi
  done
done
"""


def repository(host: Any, directory: Path, name: str, links: dict[str, str], **files: str) -> str:
    """Put a repository with committed links on the host, and return its URL."""
    source = hello(directory / name)
    for file, content in files.items():
        (source / file).write_text(content)
    for link, target in links.items():
        (source / link).parent.mkdir(parents=True, exist_ok=True)
        (source / link).symlink_to(target)
    subprocess.run([*GIT, "init", "--quiet", "--initial-branch=main", source], check=True)
    commit(source, "one")
    send(host, source, f"/srv/repositories/{name}")
    return f"file:///srv/repositories/{name}"


def test_root_compiles_nothing(converge: Converge, tmp_path: Path) -> None:
    """A committed `__pycache__` once made root write compiled code into Python's own library."""
    host = converge.host
    cache = "/usr/lib/python3.11/__pycache__/colorsys.cpython-311.pyc"
    host.run(f"mkdir -p /root/private; echo 'KEY = \"{SECRET}\"' > /root/private/key.py; python3 -c 'import colorsys'")
    before = host.out(f"stat -c '%Y %i' {cache}; sha256sum {cache}")
    library = host.out("cat /usr/lib/python3.11/colorsys.py")
    links = {"__pycache__": "/usr/lib/python3.11/__pycache__"}
    url = repository(host, tmp_path, "compiles", links, **{"colorsys.py": library})
    converge({"compiles": {"app": "hello:app", "source": {"git": url}}})
    assert ask(host, "compiles")["version"] == "one"
    assert host.out(f"stat -c '%Y %i' {cache}; sha256sum {cache}") == before
    assert host.out("stat -c %U /srv/gunicorn/compiles/src/*/__pycache__").split() == ["root"]

    for name, target in {"leak.py": "/root/private/key.py", "deps/k.py": "/proc/kmsg", "up": "../../../etc"}.items():
        url = repository(host, tmp_path, f"leaks-{name.partition('.')[0].replace('/', '')}", {name: target})
        failed = converge({"leaks": {"app": "hello:app", "source": {"git": url}}}, good=False).output
        assert "gunicorn_apps.leaks.source: The source contains a link that leads outside." in failed
        assert f"{name} -> {target}" in failed
        assert SECRET not in failed


@pytest.mark.parametrize("kind", ["a pipe for requirements", "a swap while it is copied"])
def test_the_owner_of_a_directory(converge: Converge, tmp_path: Path, kind: str) -> None:
    """Root reads nothing through the links and pipes of a directory that somebody else manages."""
    host = converge.host
    host.run(f"mkdir -p /root/private; chmod 700 /root/private; echo {SECRET} > /root/private/key")
    send(host, hello(tmp_path), "/srv/theirs")
    if kind.startswith("a pipe"):
        host.run("rm -f /srv/theirs/requirements.txt; mkfifo /srv/theirs/requirements.txt")
        app = {"app": "hello:app", "source": {"path": "/srv/theirs"}, "requirements": "requirements.txt"}
        started = time.monotonic()
        failed = converge({"pipes": app}, good=False).output
        assert "gunicorn_apps.pipes.requirements: the source has no file 'requirements.txt'" in failed
        assert time.monotonic() - started < 60
        return
    host.run(
        "cd /srv/theirs; mkdir zdir; echo mine > zdir/key; for n in $(seq 100 500); do echo $n > a$n; done; touch a000"
    )
    swapping = subprocess.Popen([host.tool, "ssh", host.name, f"timeout 300 sh -c '{SWAP}'"])
    try:
        converge({"swap": {"app": "hello:app", "source": {"path": "/srv/theirs"}, "build": ["true"]}}, good=None)
    finally:
        host.run("touch /srv/enough")
        swapping.wait()
    assert SECRET not in host.out("grep -r . /srv/gunicorn/swap/src 2>/dev/null || true")


def test_build_commands(converge: Converge, tmp_path: Path) -> None:
    """They reach neither what serves, nor its data, nor the network, nor other apps; what they need can be opened."""
    host = converge.host
    source = {"local": str(hello(tmp_path))}
    app = {"app": "hello:app", "source": source, "secret_env": {"TOKEN": SECRET}}
    converge({"builds": app})
    host.run("echo private > /srv/gunicorn/builds/shared/data; chmod 644 /srv/gunicorn/builds/shared/data")
    before = host.out("systemctl show --property=MainPID,NRestarts gunicorn-builds-web.service")

    def fails(command: str) -> str:
        output = str(converge({"builds": {**app, "build": [command]}}, good=False).output)
        assert "gunicorn_apps.builds.build[0]" in output
        assert SECRET not in output
        return output

    assert "Build commands have no network" in fails(
        "python3 -c \"import socket; socket.create_connection(('1.1.1.1', 80))\""
    )
    assert "builds.build_secrets" in fails('test -n "$TOKEN"')
    for command in (
        "cat /srv/gunicorn/builds/shared/data",
        "ls /srv/gunicorn/builds/releases",
        "test -e /run/gunicorn",
        "unshare -Ur true",
        "touch /var/tmp/x && touch /srv/x",
        "cat /etc/nginx/nginx.conf",
        "kill -9 -1; exit 1",
    ):
        fails(command)
    assert host.out("systemctl show --property=MainPID,NRestarts gunicorn-builds-web.service") == before
    assert ask(host, "builds")["version"] == "one"
    converge(
        {
            "builds": {
                **app,
                "build": ['test -n "$TOKEN"; test "$(id -un)" = gunibuild-builds'],
                "build_secrets": ["TOKEN"],
            }
        }
    )

    scores: list[str] = []

    def score() -> None:
        for _try in range(600):
            unit = "gunicorn-builds-build.service"
            if "sleep 6" in host.out(f"systemctl show --property=ExecStart {unit}; ps -C sleep -o args= || true"):
                scores.append(host.out(f"systemd-analyze security --no-pager {unit} | tail -1"))
                return
            time.sleep(0.2)

    watcher = threading.Thread(target=score)
    watcher.start()
    converge({"builds": {**app, "build": ["sleep 6"], "build_network": True}})
    watcher.join()
    assert float(scores[0].split(":")[1].split()[0]) <= 2.0


def test_trees_that_could_not_be_removed(converge: Converge, tmp_path: Path) -> None:
    """A tree as deep as this one once made every later deploy of the app fail."""
    host = converge.host
    source = {"local": str(hello(tmp_path))}
    deep = "python3 -c \"import os; [(os.mkdir('d' * 50), os.chdir('d' * 50)) for _ in range(1500)]\""
    failed = converge({"deep": {"app": "hello:app", "source": source, "build": [deep]}}, good=False).output
    assert "more than 100 directories inside each other" in failed
    assert host.out("ls /srv/gunicorn/deep/src | grep -v complete | wc -l") == "1"
    converge({"deep": {"app": "hello:app", "source": source}})
    assert ask(host, "deep")["version"] == "one"
