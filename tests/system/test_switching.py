# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How one release takes the place of another: instances together, strategies, rollback, the lock."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from helpers import APPS, Converge, ask, hello
from rig import Host, run_playbook

ROLLBACK = "wsgiops.gunicorn.rollback"


def local(directory: Path, **more: Any) -> dict[str, Any]:
    """The hello app with two workers."""
    app = {"app": "hello:app", "source": {"local": str(directory / "hello")}, "settings": {"workers": 2}}
    return {**app, **more}


def master(host: Any, app: str, instance: str = "web") -> str:
    """The process id of Gunicorn's master."""
    return str(host.out(f"systemctl show -p MainPID --value gunicorn-{app}-{instance}.service"))


def of(result: Any, app: str) -> dict[str, Any]:
    """What the role says of one app."""
    return dict(result.of("gunicorn_apps")["apps"][app])


def tcp(host: Any, port: int) -> dict[str, Any]:
    """Ask an app that listens on TCP."""
    code = f"import urllib.request as r; print(r.urlopen('http://127.0.0.1:{port}/').read().decode())"
    return dict(json.loads(host.out(f'python3 -c "{code}"')))


def test_instances_switch_together(converge: Converge, tmp_path: Path) -> None:
    """Unix socket and TCP, different worker classes; and where one of them cannot boot, none switches."""
    hello(tmp_path)
    instances: dict[str, Any] = {
        "web": {},
        "api": {"bind": "127.0.0.1:8911", "settings": {"worker_class": "sync"}, "routes": ["/api/"]},
        "slow": {"settings": {"worker_class": "gevent"}, "routes": ["/slow/"]},
    }
    app = local(tmp_path, instances=instances)
    converge({"many": app})
    hello(tmp_path, "two")
    done = of(converge({"many": app}), "many")
    assert done["strategy"]["strategy"] == "seamless"
    host = converge.host
    assert {ask(host, "many", one)["version"] for one in ("web", "slow")} | {tcp(host, 8911)["version"]} == {"two"}

    before = [master(host, "many", one) for one in instances]
    hello(tmp_path, "three")
    broken = {**app, "instances": {**instances, "slow": {"settings": {"worker_class": "asgi"}, "routes": ["/slow/"]}}}
    refused = converge({"many": broken}, good=False)
    assert "No running process was changed." in refused.why("gunicorn_apps")
    assert [master(host, "many", one) for one in instances] == before
    assert {ask(host, "many", one)["version"] for one in ("web", "slow")} | {tcp(host, 8911)["version"]} == {"two"}


def test_instances_come_and_go(converge: Converge, play: Any, tmp_path: Path) -> None:
    """One more and one less while the app serves, and rollbacks across both."""
    hello(tmp_path)
    host = converge.host
    one = local(tmp_path)
    two = {**one, "instances": {"web": {}, "slow": {"settings": {"worker_class": "gevent"}, "routes": ["/slow/"]}}}
    units = "ls /etc/systemd/system | grep -c ^gunicorn-grows-"
    converge({"grows": one})
    assert of(converge({"grows": two}), "grows")["strategy"]["strategy"] == "seamless"
    assert {ask(host, "grows", instance)["version"] for instance in ("web", "slow")} == {"one"}
    hello(tmp_path, "two")
    fewer = of(converge({"grows": one}), "grows")
    assert [step["step"] for step in fewer["steps"]][-4:] == ["dismiss stand-in", "remove units", "finish", "prune"]
    assert host.out(units) == "2"
    play(ROLLBACK, {"app": "grows"})
    assert {ask(host, "grows", instance)["version"] for instance in ("web", "slow")} == {"one"}
    play(ROLLBACK, {"app": "grows"})
    assert host.out(units) == "2"
    assert ask(host, "grows")["version"] == "one"


def test_a_process_with_a_title(converge: Converge, tmp_path: Path) -> None:
    """setproctitle overwrites the command line, and yet the process is known for what it is."""
    hello(tmp_path)
    app = local(tmp_path, settings={"workers": 1, "proc_name": "the shop"})
    converge({"titled": app})
    pid = master(converge.host, "titled")
    assert "the shop" in converge.host.out(f"tr '\\0' ' ' < /proc/{pid}/cmdline")
    assert converge({"titled": app}).changed == 0
    hello(tmp_path, "two")
    converge({"titled": app})
    assert ask(converge.host, "titled")["version"] == "two"
    assert converge({"titled": app}).changed == 0


def test_restart(converge: Converge, tmp_path: Path) -> None:
    """No second generation, when that is asked for."""
    hello(tmp_path)
    app = local(tmp_path, strategy="restart")
    converge({"again": app})
    hello(tmp_path, "two")
    done = of(converge({"again": app}), "again")
    assert done["strategy"]["strategy"] == "restart"
    assert "stand-in" not in done["seconds"]
    assert ask(converge.host, "again")["version"] == "two"


def test_reload_is_refused_where_it_would_load_nothing(converge: Converge, tmp_path: Path) -> None:
    """Every release has its own paths."""
    hello(tmp_path)
    for check in (True, False):
        refused = converge({"hup": local(tmp_path, strategy="reload")}, good=False, check=check)
        assert "every release has its own paths" in refused.why("gunicorn_apps")
    assert converge.host.out("ls /srv/gunicorn | grep -c hup || true") == "0"


def test_reload_of_code_in_place(converge: Converge, play: Any, tmp_path: Path) -> None:
    """Somebody else brings the code; the master stays, its workers are all replaced."""
    host = converge.host
    code = (hello(tmp_path) / "hello.py").read_text()
    host.run(f"mkdir -p /opt/inplace && cat > /opt/inplace/hello.py <<'END'\n{code}\nEND")
    app = {
        "app": "hello:app",
        "source": {"path": "/opt/inplace"},
        "requirements": [],
        "settings": {"workers": 2},
        "strategy": "reload",
    }
    converge({"inplace": app})
    before = master(host, "inplace")
    host.run('sed -i \'s/VERSION = "one"/VERSION = "two"/\' /opt/inplace/hello.py')
    done = of(converge({"inplace": app}), "inplace")
    assert done["strategy"]["strategy"] == "reload"
    assert master(host, "inplace") == before
    assert {ask(host, "inplace")["version"] for _number in range(20)} == {"two"}
    assert converge({"inplace": app}).changed == 0
    nothing = play(ROLLBACK, {"app": "inplace"}, good=False)
    assert "only in the code in /opt/inplace" in nothing.of("gunicorn_release")["msg"]

    # A master that was restarted long ago is not one that dies now.
    host.run(f"kill -9 {before}")
    restarts = "systemctl show -p NRestarts --value gunicorn-inplace-web"
    host.run(f"for i in $(seq 100); do test $({restarts}) = 1 && break; sleep 0.1; done; sleep 3")
    before = master(host, "inplace")
    host.run('sed -i \'s/VERSION = "two"/VERSION = "two and a half"/\' /opt/inplace/hello.py')
    assert of(converge({"inplace": app}), "inplace")["strategy"]["strategy"] == "reload"
    assert master(host, "inplace") == before

    host.run('sed -i \'s/VERSION = "two and a half"/VERSION = "three"/\' /opt/inplace/hello.py')
    slower = {**app, "settings": {"workers": 2, "timeout": 60}}
    assert "more than the code" in converge({"inplace": slower}, good=False).why("gunicorn_apps")
    host.run("systemctl restart gunicorn-inplace-web.service")
    converge({"inplace": {**slower, "strategy": "auto"}})
    assert ask(host, "inplace")["version"] == "three"
    assert converge({"inplace": {**slower, "strategy": "auto"}}).changed == 0


def test_rollback(converge: Converge, play: Any, tmp_path: Path) -> None:
    """Code, settings and environment as one; one release further each time; never to one that failed."""
    host = converge.host
    releases = []
    for version in ("one", "two", "three"):
        hello(tmp_path, version)
        settings = {"workers": 2, "timeout": 30 + len(releases)}
        done = converge({"back": local(tmp_path, settings=settings, env={"GREETING": f"hi {version}"})})
        releases.append(of(done, "back")["release"])
    hello(tmp_path, "broken", "raise RuntimeError('broken on purpose')")
    failed = converge({"back": local(tmp_path)}, good=False)
    assert "broken on purpose" in failed.why("gunicorn_apps")

    predicted = play(ROLLBACK, {"app": "back"}, check=True)
    assert ask(host, "back")["version"] == "three"
    for version, release in (("two", releases[1]), ("one", releases[0])):
        started = time.monotonic()
        done = play(ROLLBACK, {"app": "back"})
        print(f"rollback: {time.monotonic() - started:.1f} s")
        assert done.of("gunicorn_release")["release"] == release
        answer = ask(host, "back")
        assert (answer["version"], answer["greeting"]) == (version, f"hi {version}")
        if version == "two":
            assert done.of("gunicorn_release")["changes"] == predicted.of("gunicorn_release")["changes"]
    assert "timeout = 30" in host.out("cat /srv/gunicorn/back/current/gunicorn-web.conf.py")
    nothing = play(ROLLBACK, {"app": "back"}, good=False)
    assert "no earlier release" in nothing.of("gunicorn_release")["msg"]

    listed = play("wsgiops.gunicorn.releases", {"app": "back"}).of("gunicorn_release_info")["releases"]
    results = {one["release"]: one["result"] for one in listed}
    assert [results.pop(release) for release in releases] == ["live", "rolled back", "rolled back"]
    assert list(results.values()) == ["failed"]
    (bad,) = results
    refused = play(ROLLBACK, {"app": "back", "release": bad}, good=False)
    assert "broken on purpose" in refused.of("gunicorn_release")["msg"]
    assert play(ROLLBACK, {"app": "back", "release": releases[2][:6]}).of("gunicorn_release")["release"] == releases[2]
    assert ask(host, "back")["version"] == "three"


def test_a_second_deploy_can_wait(converge: Converge, tmp_path: Path) -> None:
    """It waits for the first one to finish, when told to."""
    hello(tmp_path)
    app = local(tmp_path)
    converge({"queue": app})
    hello(tmp_path, "two")
    host = converge.host
    host.run("(flock 9; sleep 4) 9>/srv/gunicorn/queue/.lock >/dev/null 2>&1 &")
    started = time.monotonic()
    converge({"queue": app}, variables={"gunicorn_apps_lock_wait": 30})
    assert time.monotonic() - started > 4
    assert ask(host, "queue")["version"] == "two"


def test_two_deploys_at_once(converge: Converge, tmp_path: Path) -> None:
    """Of different code, started in the same moment: one wins, the other says so, and nothing is a mix of both."""
    host = converge.host
    hello(tmp_path / "one")
    converge({"race": local(tmp_path / "one")})
    versions = ("alpha", "beta")
    for version in versions:
        hello(tmp_path / version, version, "import time; time.sleep(1)")
    with ThreadPoolExecutor() as pool:
        runs = {
            version: pool.submit(
                run_playbook, APPS, host, {"gunicorn_apps": {"race": local(tmp_path / version)}}, tmp_path / version
            )
            for version in versions
        }
    results = {version: run.result() for version, run in runs.items()}
    (winner,) = [version for version, result in results.items() if result.status == 0]
    (loser,) = [version for version in versions if version != winner]
    assert "another deploy of this app is running" in results[loser].said
    assert "at the step" in results[loser].said
    assert {ask(host, "race")["version"] for _number in range(20)} == {winner}
    assert converge({"race": local(tmp_path / winner)}).changed == 0


@pytest.mark.parametrize("wanted", [True, False])
def test_release_commands_where_they_belong(converge: Converge, tmp_path: Path, wanted: bool) -> None:
    """Once per deploy of many hosts."""
    hello(tmp_path, f"commands-{wanted}")
    app = local(tmp_path, release=[f"echo ran >> $HOME/commands-{wanted}"], env={"HOME": "{shared}"})
    done = converge({"once": app}, variables={"gunicorn_apps_release_commands": wanted})
    assert any("release command" in change for change in of(done, "once")["changes"]) is wanted
    there = converge.host.run(f"test -e /srv/gunicorn/once/shared/commands-{wanted}", check=False).returncode == 0
    assert there is wanted


def test_many_hosts(converge: Converge, play: Any, new_host: Callable[..., Host], tmp_path: Path) -> None:
    """One host first; where it fails, the others are left alone. Release commands run on the first one only."""
    first, second = converge.host, new_host("second", "debian13")
    names = [first.name, second.name]
    said = subprocess.run([first.tool, "inventory", *names], check=True, capture_output=True, text=True).stdout
    (tmp_path / "both.yml").write_text(said)
    both = Host("both", tmp_path / "both.yml")
    hello(tmp_path)
    app = local(tmp_path, release=["echo ran >> $HOME/ran"], env={"HOME": "{shared}"})
    roles = ["wsgiops.gunicorn.gunicorn_host", "wsgiops.gunicorn.gunicorn_apps"]
    plain = f"- hosts: all\n  gather_facts: false\n  roles: {json.dumps(roles)}\n"
    play(plain, {"gunicorn_apps": {"fleet": app}}, on=second)
    converge({"fleet": app})
    hello(tmp_path, "two")
    for host in (first, second):
        host.run("rm -f /srv/gunicorn/fleet/shared/ran")
    variables = {"gunicorn_apps": {"fleet": app}, "app": "fleet"}
    play("wsgiops.gunicorn.deploy", variables, on=both)
    assert [ask(host, "fleet")["version"] for host in (first, second)] == ["two", "two"]
    ran = [host.run("test -e /srv/gunicorn/fleet/shared/ran", check=False).returncode == 0 for host in (first, second)]
    assert ran == [True, False]

    hello(tmp_path, "three", "raise RuntimeError('broken on purpose')")
    before = second.out("cat /srv/gunicorn/fleet/deploys.jsonl"), first.out("cat /srv/gunicorn/fleet/deploys.jsonl")
    refused = play("wsgiops.gunicorn.deploy", variables, on=both, good=False)
    assert "broken on purpose" in refused.output
    after = second.out("cat /srv/gunicorn/fleet/deploys.jsonl"), first.out("cat /srv/gunicorn/fleet/deploys.jsonl")
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1
    assert [ask(host, "fleet")["version"] for host in (first, second)] == ["two", "two"]

    play("wsgiops.gunicorn.rollback", {"app": "fleet"}, on=both)
    assert [ask(host, "fleet")["version"] for host in (first, second)] == ["one", "one"]
