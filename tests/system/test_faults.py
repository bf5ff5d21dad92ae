# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong leaves the running app alone, says why, and is healed by the next run."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from helpers import Converge, ask, hello

MODULE_OF = "ps -o ppid= -p $(pgrep -f -o '^systemd-run.*gunicorn-{app}-build')"


def state(host: Any, app: str) -> str:
    """What must stay as it was: files, units and processes of the app."""
    return str(
        host.out(
            f"readlink /srv/gunicorn/{app}/current; cat /etc/systemd/system/gunicorn-{app}-web.*; "
            f"systemctl is-active gunicorn-{app}-web.socket gunicorn-{app}-web.service"
        )
    )


def leftovers(host: Any, app: str) -> str:
    """Directories without a marker, stages, transient units."""
    return str(
        host.out(
            f"cd /srv/gunicorn/{app}; for layer in src/* venvs/*; do case $layer in *.complete|*'*') ;; "
            f"*) test -e $layer.complete || echo $layer;; esac; done; ls -d .stage releases/.* 2>/dev/null | grep tmp; "
            f"systemctl list-units --no-legend 'gunicorn-{app}-build*'; true"
        )
    )


@pytest.fixture
def running(converge: Converge, tmp_path: Path) -> dict[str, Any]:
    """An app that runs."""
    app = {"app": "hello:app", "source": {"local": str(hello(tmp_path))}, "health": {"within": 15}}
    converge({"steady": app})
    assert ask(converge.host, "steady")["version"] == "one"
    return app


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"extra": "import nothing_of_that_name"}, "No module named 'nothing_of_that_name'", id="import"),
        pytest.param({"app": "hello:nobody"}, "nobody", id="callable"),
        pytest.param({"extra": "raise SystemExit(7)"}, "steady", id="exit"),
        pytest.param({"settings": {"max_request": 5}}, "Did you mean 'max_requests'?", id="unknown-setting"),
        pytest.param({"settings": {"keepalive": "much"}}, "keepalive", id="setting-value"),
        pytest.param({"settings": {"worker_class": "gtread"}}, "worker_class", id="worker-class"),
        pytest.param({"requirements": ["no-such-package-of-wsgiops"]}, "no-such-package-of-wsgiops", id="package"),
        pytest.param({"build": ["echo wanted; exit 3"]}, "build[0]", id="build"),
        pytest.param({"release": ["echo wanted; exit 3"]}, "release[0]", id="release"),
        pytest.param({"gunicorn_version": "99.0"}, "99.0", id="gunicorn-version"),
        pytest.param({"health": {"path": "/", "status": [204], "within": 3}}, "GET /: 200", id="health"),
    ],
)
def test_broken_release(
    converge: Converge, running: dict[str, Any], tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    """The cause is named, and the release that ran is what runs."""
    host = converge.host
    before = state(host, "steady")
    declared = {**running, **change}
    hello(tmp_path, "broken", declared.pop("extra", ""))
    refused = converge({"steady": declared}, good=False)
    assert said in refused.why("gunicorn_apps")
    assert refused.status != 0
    assert state(host, "steady") == before
    assert ask(host, "steady")["version"] == "one"
    assert leftovers(host, "steady") == ""


def test_killed_while_building(converge: Converge, running: dict[str, Any], tmp_path: Path, play: Any) -> None:
    """SIGKILL of the module during a build: the app serves on; the next run ends what was left and completes."""
    host = converge.host
    hello(tmp_path, "two")
    slow = {**running, "build": ["sleep 30"]}
    script = (
        f"for i in $(seq 100); do parent=$({MODULE_OF.format(app='steady')} 2>/dev/null) && "
        "systemctl is-active --quiet gunicorn-steady-build && grep -q command-0 /proc/*/cmdline && "
        "sleep 1 && kill -9 $parent && exit 0; sleep 0.2; done; exit 1"
    )
    with subprocess.Popen([host.tool, "exec", host.name, "sh", "-c", script]) as killer:
        broken = converge({"steady": slow}, good=False)
        assert killer.wait(60) == 0
    assert broken.status != 0
    assert ask(host, "steady")["version"] == "one"
    assert leftovers(host, "steady") != ""

    converge({"steady": {**running, "build": ["echo built > built.txt"]}})
    assert ask(host, "steady")["version"] == "two"
    assert leftovers(host, "steady") == ""
    assert host.out("cat /srv/gunicorn/steady/current/src/built.txt") == "built"


@pytest.mark.parametrize(
    "damage",
    [
        "systemctl stop gunicorn-steady-web.service",
        "systemctl stop gunicorn-steady-web.socket gunicorn-steady-web.service",
        "systemctl disable gunicorn-steady-web.socket",
        "sed -i s/TimeoutStopSec=.*/TimeoutStopSec=1/ /etc/systemd/system/gunicorn-steady-web.service",
        "rm /etc/systemd/system/gunicorn-steady-web.service",
        "rm -r /srv/gunicorn/steady/venvs/*",
    ],
    ids=["service", "socket", "enabled", "edited", "removed", "layer"],
)
def test_drift_is_healed(converge: Converge, running: dict[str, Any], damage: str) -> None:
    """One run mends it, the next has nothing to do."""
    host = converge.host
    before = state(host, "steady")
    host.run(damage)
    assert converge({"steady": running}, check=True).changed == 1
    assert converge({"steady": running}).changed == 1
    assert converge({"steady": running}).changed == 0
    assert state(host, "steady") == before
    assert ask(host, "steady")["version"] == "one"


def test_two_at_once(converge: Converge, running: dict[str, Any], tmp_path: Path) -> None:
    """While one deploy runs, a second one reports it and does nothing."""
    host = converge.host
    hold = "exec 9>/srv/gunicorn/steady/.lock; flock 9; echo held; exec sleep 61"
    with subprocess.Popen(
        [host.tool, "exec", host.name, "sh", "-c", hold], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline().strip() == "held"
        hello(tmp_path, "two")
        said = converge({"steady": running}, good=False).why("gunicorn_apps")
        host.run("pkill -f 'sleep 6[1]'")
    assert "another deploy of this app is running" in said
    assert ask(host, "steady")["version"] == "one"
    converge({"steady": running})
    assert ask(host, "steady")["version"] == "two"


def test_a_host_that_hides_new_files(converge: Converge, tmp_path: Path) -> None:
    """A hardened umask of root's must not hide a release from its own service user."""
    host = converge.host
    host.run("cp /root/.bashrc /root/.bashrc.before; echo 'umask 077' > /root/.bashrc")
    try:
        app = {"app": "hello:app", "source": {"local": str(hello(tmp_path))}, "settings": {"workers": 1}}
        converge({"shy": app})
    finally:
        host.run("mv /root/.bashrc.before /root/.bashrc")
    assert ask(host, "shy")["version"] == "one"
    assert host.out("stat -c %a /srv/gunicorn/shy /srv/gunicorn/shy/releases") == "755\n755"
