# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deploy that is stopped at any step costs no request, leaves nothing over, and is completed by the next run."""

from __future__ import annotations

import contextlib
import json
import subprocess
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from helpers import Converge, ask, hello

PROBE = Path(__file__).parent / "probe.py"
SLOW = "import time; time.sleep(1)"
# `--every-step` takes all steps for each kind of accident; without it only at those where most can go wrong.
STEPS = ["source", "check", "release commands", "canary", "stand-in", "switch", "verify", "dismiss stand-in"]
RISKY = ["canary", "switch", "verify"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose the steps."""
    if "step" in metafunc.fixturenames:
        every = metafunc.config.getoption("--every-step")
        some = RISKY if metafunc.function is test_killed else ["switch"]
        metafunc.parametrize("step", STEPS if every else some)


def declared(directory: Path, **more: Any) -> dict[str, Any]:
    """An app that takes its time to boot, so that every step can be caught."""
    app = {
        "app": "hello:app",
        "source": {"local": str(hello(directory, "one", SLOW))},
        "release": ["sleep 0.5"],
        "settings": {"workers": 2},
        "health": {"within": 20},
    }
    return {**app, **more}


def new_version(directory: Path) -> str:
    """Change the code to something that was never deployed."""
    version = uuid.uuid4().hex
    hello(directory, version, SLOW)
    return version


@pytest.fixture
def app(converge: Converge, tmp_path: Path) -> dict[str, Any]:
    """The app in its first version, running."""
    converge.host.run(f"cat > /root/probe.py <<'END'\n{PROBE.read_text()}\nEND")
    one = declared(tmp_path)
    converge({"steps": one})
    assert ask(converge.host, "steps")["version"] == "one"
    return one


def start(host: Any, *words: str) -> subprocess.Popen[str]:
    """Run the probe on the host."""
    command = [host.tool, "exec", host.name, "python3", "/root/probe.py", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@contextlib.contextmanager
def watched(host: Any) -> Iterator[dict[str, Any]]:
    """Ask the app all the time; afterwards the dictionary holds what it answered."""
    host.run("rm -f /root/stop")
    said: dict[str, Any] = {}
    with start(host, "ask", "steps", "/root/stop") as probe:
        try:
            yield said
        finally:
            host.run("touch /root/stop")
            assert probe.stdout is not None
            said.update(json.loads(probe.stdout.read()))


@contextlib.contextmanager
def in_background(converge: Converge, app: dict[str, Any]) -> Iterator[None]:
    """A deploy whose end is not what matters."""
    with ThreadPoolExecutor() as pool:
        run = pool.submit(converge, {"steps": app}, good=None)
        yield
        run.result(200)


def wait_until_free(host: Any) -> None:
    """Until no deploy holds the lock."""
    host.run("flock -w 60 /srv/gunicorn/steps/.lock true")


LEFT = """
cd /srv/gunicorn/steps
ls -d .stage releases/.[!.]* 2>/dev/null
ls /run/systemd/system | grep gunicorn-steps
ls -d /run/gunicorn-steps-web-* 2>/dev/null
systemctl list-units --all --no-legend --plain 'gunicorn-steps-*' | grep -v '^gunicorn-steps-web.s'
for layer in src/* venvs/*; do
  case $layer in *.complete) ;; *) test -e $layer.complete || echo $layer ;; esac
done
true
"""


def leftovers(host: Any) -> str:
    """Everything that belongs to no release and no declared unit."""
    return str(host.out(LEFT))


def masters(host: Any) -> list[str]:
    """The configuration of each Gunicorn master of the app that runs."""
    found = host.out(
        "for pid in $(pgrep -f 'gunicorn --config /srv/gunicorn/steps/'); do"
        " parent=$(ps -o ppid= -p $pid); test $parent = 1 && tr '\\0' ' ' < /proc/$pid/cmdline && echo; done; true"
    )
    return sorted(found.splitlines())


def test_killed(converge: Converge, app: dict[str, Any], tmp_path: Path, step: str) -> None:
    """SIGKILL of the deploy itself."""
    host = converge.host
    version = new_version(tmp_path)
    with watched(host) as said:
        with start(host, "watch", "steps", step, "kill") as killer:
            broken = converge({"steps": app}, good=False)
            assert killer.wait(100) == 0
        assert "ended unexpectedly" in broken.output
        converge({"steps": app})
    assert said["failed"] == {}
    assert set(said["seen"]) == {"one", version}
    assert leftovers(host) == ""
    assert len(masters(host)) == 1
    assert ask(host, "steps")["version"] == version
    assert converge({"steps": app}).changed == 0


def test_rollback_after_a_kill(converge: Converge, play: Any, app: dict[str, Any], tmp_path: Path) -> None:
    """The unfinished release serves and `current` is the one before: going back to that one is what is asked for."""
    host = converge.host
    version = new_version(tmp_path)
    with start(host, "watch", "steps", "verify", "kill") as killer:
        converge({"steps": app}, good=False)
        assert killer.wait(100) == 0
    assert ask(host, "steps")["version"] == version
    before = host.out("readlink /srv/gunicorn/steps/current").rpartition("/")[2]
    assert play("wsgiops.gunicorn.rollback", {"app": "steps"}).of("gunicorn_release")["release"] == before
    assert {ask(host, "steps")["version"] for _number in range(10)} == {"one"}
    assert leftovers(host) == ""
    assert len(masters(host)) == 1


def test_connection_lost(converge: Converge, app: dict[str, Any], tmp_path: Path, step: str) -> None:
    """The deploy goes on to its end without anybody to tell."""
    host = converge.host
    version = new_version(tmp_path)
    with watched(host) as said:
        with start(host, "watch", "steps", step, "look") as watcher, in_background(converge, app):
            assert watcher.wait(100) == 0
            host.run("pkill -9 -f 'ssh[d].*root@notty'")
        wait_until_free(host)
    assert said["failed"] == {}
    assert ask(host, "steps")["version"] == version
    assert leftovers(host) == ""
    assert len(masters(host)) == 1
    assert converge({"steps": app}).changed == 0


def test_host_restarted(converge: Converge, app: dict[str, Any], tmp_path: Path, step: str) -> None:
    """After boot one generation serves: the one that its unit names."""
    host = converge.host
    version = new_version(tmp_path)
    with start(host, "watch", "steps", step, "look") as watcher, in_background(converge, app):
        assert watcher.wait(100) == 0
        host.reboot()
    serving = ask(host, "steps")["version"]
    running = masters(host)
    assert len(running) == 1
    unit = host.out("grep ^ExecStart= /etc/systemd/system/gunicorn-steps-web.service")
    assert running[0].strip() in unit.replace('"', "")
    assert serving in ("one", version)
    converge({"steps": app})
    assert ask(host, "steps")["version"] == version
    assert leftovers(host) == ""
    assert converge({"steps": app}).changed == 0
