# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an app, a local user or a wrong word can do to the checks, locks and looks of root on a real host: nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import Converge, ask, hello

APP = "guarded"
HOME = f"/srv/gunicorn/{APP}"
TASK = "- {hosts: all, gather_facts: false, tasks: [{wsgiops.gunicorn.%s: {%s}}]}\n"
DRIFT = "wsgiops.gunicorn.drift"
Task = Callable[..., dict[str, Any]]


@pytest.fixture
def task(play: Any, prepared: Any) -> Task:
    """Run one module of the collection and return its result."""

    def run(module: str, good: bool = True, **options: Any) -> dict[str, Any]:
        words = ", ".join(f"{name}: {json.dumps(value)}" for name, value in options.items())
        return dict(play(TASK % (module, words), on=prepared, good=good).of(module))

    return run


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guarded")


@pytest.fixture
def deploy(converge: Converge, source: Path) -> Callable[..., dict[str, Any]]:
    """Deploy the app with a version and more code, and return what was done."""

    def run(version: str, extra: str = "", good: bool = True, **options: Any) -> dict[str, Any]:
        code = {"local": str(hello(source, version, extra))}
        app = {"app": "hello:app", "source": code, "health": {"within": 20}, "keep_releases": 2, **options}
        return dict(converge({APP: app}, good=good).of("gunicorn_apps")["apps"][APP])

    return run


@pytest.fixture
def background(prepared: Any) -> Iterator[Callable[[str], None]]:
    """Start commands that end with the test."""
    units: list[str] = []

    def run(command: str, *properties: str) -> None:
        units.append(f"background-{len(units)}")
        words = " ".join(f"--property={one}" for one in properties)
        prepared.run(f"systemd-run --quiet --collect --unit={units[-1]} {words} {command}")

    yield run
    for unit in units:
        prepared.run(f"systemctl stop {unit}", check=False)


# ---- the import check opens nothing ------------------------------------------------------------------------------

# Notes each of its runs and what it could see, and says which protection it would like to be without.
LIAR = """
import errno, os
with open("/srv/gunicorn/guarded/shared/runs", "a") as stream:
    stream.write("open " if os.access("/home", os.R_OK) else "closed ")
raise OSError(errno.ENOENT, "give me more", "/home/x: [{directive: NoNewPrivileges, value: no}]")
"""


def test_a_deploy_runs_an_app_that_lies_only_once_and_inside_its_sandbox(
    deploy: Callable[..., dict[str, Any]], task: Task, prepared: Any
) -> None:
    assert deploy("one")["changed"]
    prepared.run(f"rm -f {HOME}/shared/runs")

    def runs() -> set[str]:
        return set(prepared.out(f"cat {HOME}/shared/runs").split())

    failed = deploy("liar", LIAR, good=False)
    said = f"{failed['failure']['cause']}\n{failed['failure']['evidence']}"
    assert said.startswith(f"gunicorn_apps.{APP}.app: importing hello failed: FileNotFoundError")
    assert "nothing was opened to test it" in said
    assert "to try it: gunicorn_import_check with try_sandbox: [ProtectHome=read-only]." in said
    guess = said.partition("The sandbox may be the cause.")[2].partition("It printed")[0]
    assert "NoNewPrivileges" not in guess and "directive" not in guess
    assert runs() == {"closed"}  # the check, and the canary that boots meanwhile
    assert ask(prepared, APP)["version"] == "one"

    # A person may try it, but not everything, and the app's words do not choose.
    release = failed["release"]
    refused = task("gunicorn_import_check", False, app=APP, release=release, try_sandbox=["ProtectSystem=no"])
    assert "try_sandbox[0]: ProtectSystem is never opened for a trial: the app could write wherever" in refused["msg"]
    refused = task("gunicorn_import_check", False, app=APP, release=release, try_sandbox=["ProtectHme"])
    assert "'ProtectHme' is not a directive of the sandbox. Did you mean 'ProtectHome'?" in refused["msg"]
    assert runs() == {"closed"}
    tried = task("gunicorn_import_check", False, app=APP, release=release, try_sandbox=["ProtectHome"])
    assert "With ProtectHome=read-only the import fails as well." in tried["msg"]
    assert runs() == {"closed", "open"}


def test_a_trial_that_helps_prints_what_to_declare(
    deploy: Callable[..., dict[str, Any]], task: Task, prepared: Any
) -> None:
    prepared.run("mkdir -p /home/model && echo data > /home/model/file && chmod -R a+rX /home/model")
    failed = deploy("needs-home", "open('/home/model/file').read()", good=False)
    result = task("gunicorn_import_check", app=APP, release=failed["release"], try_sandbox=["ProtectHome"])
    assert result["report"]["ok"] is True
    opened = [{"directive": "ProtectHome", "value": "read-only"}]
    assert result["report"]["trial"] == {"needed": True, "opened": opened}
    (said,) = result["warnings"]
    assert said.endswith(
        f'gunicorn_apps.{APP}.sandbox:\n  - {{directive: ProtectHome, value: "read-only", reason: ""}}'
    )
    live = task("gunicorn_import_check", app=APP, try_sandbox=["ProtectHome"])
    assert live["report"]["trial"]["needed"] is False
    assert "ProtectHome=read-only is not needed and was not tried." in live["warnings"][0]


# ---- locks -------------------------------------------------------------------------------------------------------


def test_locks_of_a_local_user_do_not_matter(
    task: Task, prepared: Any, background: Callable[..., None], play: Any, deploy: Callable[..., dict[str, Any]]
) -> None:
    """Whoever may read a directory may lock it."""
    deploy("one")
    for directory in (
        "/run/systemd/system",
        "/usr/local/lib/wsgiops",
        HOME,
        f"{HOME}/releases",
        "/srv/gunicorn",
        "/run",
    ):
        background(f"flock {directory} sleep infinity", "User=nobody")
    time.sleep(1)
    started = time.monotonic()
    assert task("gunicorn_import_check", app=APP)["report"]["ok"] is True
    assert task("gunicorn_settings_check", app=APP)["gunicorn"]
    uv = "- {hosts: all, gather_facts: false, roles: [wsgiops.gunicorn.gunicorn_host]}\n"
    prepared.run("mkdir -p /usr/local/lib/wsgiops/uv-0.0.1")  # something to remove, under the lock
    play(uv, on=prepared)
    assert time.monotonic() - started < 120
    assert prepared.out("stat -c '%a %U' /run/gunicorn-locks /run/gunicorn-locks/*").split("\n") == [
        "700 root",
        "600 root",
        "600 root",
    ]
    assert prepared.run(
        "su nobody -s /bin/sh -c 'flock -n /run/gunicorn-locks/run-systemd-system true'", False
    ).returncode


def test_the_lock_of_a_deploy_cannot_be_faked(prepared: Any, background: Callable[..., None]) -> None:
    """Neither by the file, which only root can open, nor by another file that happens to have its inode number."""
    assert prepared.run(f"su nobody -s /bin/sh -c 'flock -n {HOME}/.lock true'", check=False).returncode != 0
    assert prepared.out(f"stat -c %a {HOME}/.lock") == "600"


# ---- processes ---------------------------------------------------------------------------------------------------

GROUP = f"/sys/fs/cgroup/user.slice/user-4711.slice/user@4711.service/gunicorn-{APP}-web.service"


@pytest.fixture
def pretender(prepared: Any) -> Iterator[str]:
    """As a login user can have it: the group has the name of the unit, and the program calls itself Gunicorn."""
    script = (
        f"mkdir -p {GROUP}; "
        "setpriv --reuid=65534 --regid=65534 --clear-groups "
        "setsid bash -c 'exec -a \"gunicorn: master [x]\" sleep 900' >/dev/null 2>&1 & "
        f"sleep 1; pid=$!; echo $pid > {GROUP}/cgroup.procs; echo $pid"
    )
    pid = prepared.out(script)
    assert prepared.out(f"grep -c gunicorn-{APP}-web.service /proc/{pid}/cgroup") == "1"
    yield pid
    prepared.run(f"kill {pid}; sleep 1; rmdir {GROUP}", check=False)


def test_a_group_with_the_name_of_a_unit(
    deploy: Callable[..., dict[str, Any]], play: Any, prepared: Any, pretender: str, source: Path
) -> None:
    """It neither keeps a deploy from finishing, nor hides a Gunicorn from drift."""
    done = deploy("two")
    assert not done.get("failed"), done
    assert ask(prepared, APP)["version"] == "two"
    app = {"app": "hello:app", "source": {"local": str(source / "hello")}, "health": {"within": 20}, "keep_releases": 2}
    apps = {APP: {**app, "settings": {"workers": 2}}}
    found = play(DRIFT, {"gunicorn_apps": apps}, on=prepared, good=None).of("gunicorn_drift")["findings"]
    assert f"pid {pretender}" in [one["subject"] for one in found if one["kind"] == "process-stray"]


def test_a_command_line_on_a_file_system_that_never_answers(
    play: Any, prepared: Any, background: Callable[..., None]
) -> None:
    """It does not keep `drift` waiting. Linux reads no such memory since 4.17; before, the reader is left behind."""
    code = (Path(__file__).parent / "silent.py").read_text(encoding="utf-8")
    prepared.run(f"cat > /root/silent.py <<'END'\n{code}\nEND\ntest -e /dev/fuse || mknod /dev/fuse c 10 229")
    prepared.run("rm -f /run/silent; while umount -l /mnt/silent 2>/dev/null; do :; done")
    background("python3 /root/silent.py", "StandardOutput=file:/run/silent")
    try:
        pid = prepared.out("for n in $(seq 50); do grep . /run/silent && break; sleep 0.2; done; sleep 1")
        assert prepared.out(f"grep -c /mnt/silent/file /proc/{pid}/maps") == "1"
        started = time.monotonic()
        play(DRIFT, {"gunicorn_apps": {}}, on=prepared, good=None).of("gunicorn_drift")
        assert time.monotonic() - started < 120
        assert prepared.out(f"grep -c /mnt/silent/file /proc/{pid}/maps") == "1"
    finally:
        prepared.run("systemctl kill --signal=KILL background-0; umount -l /mnt/silent", check=False)


def test_processes_of_others_pin_no_release(
    deploy: Callable[..., dict[str, Any]], task: Task, prepared: Any, background: Callable[..., None]
) -> None:
    old = deploy("three")["release"]
    new = deploy("four")["release"]
    background(f"--setenv=GUNICORN_RELEASE={old} tail -f /dev/null {HOME}/releases/{old}/x", "User=nobody")
    assert f"remove release {old}" in task("gunicorn_release", app=APP, command="prune", keep=1)["changes"]
    left = prepared.out(f"ls {HOME}/releases").split()
    assert new in left and old not in left


def test_scale(deploy: Callable[..., dict[str, Any]], task: Task) -> None:
    """The signals go through systemd, which knows its child."""
    deploy("four")
    assert task("gunicorn_scale", app=APP, workers=3)["workers"] == 3
    assert task("gunicorn_scale", app=APP)["workers"] == 2


# ---- names and users ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("gunicorn_release", {"command": "prune"}),
        ("gunicorn_release", {"command": "rollback"}),
        ("gunicorn_release_info", {}),
        ("gunicorn_scale", {"workers": 1}),
        ("gunicorn_settings_check", {}),
        ("gunicorn_import_check", {}),
        ("gunicorn_health", {}),
    ],
)
def test_a_name_that_leads_elsewhere(task: Task, prepared: Any, module: str, options: dict[str, Any]) -> None:
    """The review's reproduction: `src` of a foreign tree is a link, and everything behind it was removed."""
    prepared.run(
        f"rm -rf /home/bob /opt/victim; mkdir -p /home/bob/evil/releases/r1 /opt/victim; echo x > /opt/victim/file; "
        f"ln -s /opt/victim /home/bob/evil/src; ln -s releases/r1 /home/bob/evil/current; "
        f"mkdir -p /home/bob/evil/venvs; cp {HOME}/current/manifest.json /home/bob/evil/releases/r1/"
    )
    refused = task(module, False, app="../../home/bob/evil", **options)
    assert "'../../home/bob/evil' is not deployed on this host." in refused["msg"]
    assert prepared.out("cat /opt/victim/file; ls /home/bob/evil").split() == [
        "x",
        "current",
        "releases",
        "src",
        "venvs",
    ]


def test_the_settings_check_never_runs_as_root(
    deploy: Callable[..., dict[str, Any]], task: Task, prepared: Any
) -> None:
    """`shared/` that belongs to root, as after a restore, does not make the app's code run as root."""
    deploy("four")
    marker = "/var/tmp/uid-of-settings-check"
    packages = prepared.out(f"echo $(readlink -f {HOME}/current/venv)/lib/python3*/site-packages")
    prepared.run(f"chown root:root {HOME}/shared; useradd --non-unique --uid 0 toor; rm -f {marker}")
    code = "import os, sys; sys.stderr.write('uid=%d ' % os.getuid()); os.getuid() == 0 and open('/run/pwned', 'w')"
    prepared.run(f'echo "{code}" > {packages}/uid.pth')
    try:
        assert task("gunicorn_settings_check", app=APP)["gunicorn"]
        assert prepared.run("test -e /run/pwned", check=False).returncode != 0
        for module, options in (
            ("gunicorn_settings_check", {"python": f"{HOME}/current/venv/bin/python"}),
            (
                "gunicorn_import_check",
                {
                    "target": "hello:app",
                    "python": f"{HOME}/current/venv/bin/python",
                    "directory": f"{HOME}/current/src",
                },
            ),
        ):
            refused = task(module, False, user="toor", **options)
            assert "user: 'toor' is not allowed: its user id is 0" in refused["msg"]
    finally:
        prepared.run(f"chown gunicorn-{APP}: {HOME}/shared; userdel -f toor; rm {packages}/uid.pth", check=False)


# ---- compiled code -----------------------------------------------------------------------------------------------


# Replaces the compiled code of hello.py, so that Python runs it in place of the source, and puts its times back.
PLANT = """
import glob, marshal, os, sys
(path,) = glob.glob(sys.argv[1] + "/__pycache__/hello.cpython-*.pyc")
before = os.stat(path)
with open(path, "r+b") as stream:
    head = stream.read(16)
    stream.seek(0)
    stream.write(head + marshal.dumps(compile("VERSION = 'evil'", "hello.py", "exec")))
    stream.truncate()
os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
open(path.replace("hello", "planted"), "w").close()
"""


def test_compiled_code_that_was_changed_or_added(
    deploy: Callable[..., dict[str, Any]], task: Task, play: Any, prepared: Any, source: Path
) -> None:
    """drift lists it, a rollback refuses it, `site` rebuilds; what root's own Python does is no alarm."""
    old = deploy("five")["release"]
    deploy("six")
    app = {"app": "hello:app", "source": {"local": str(source / "hello")}, "health": {"within": 20}, "keep_releases": 2}
    apps = {APP: {**app, "settings": {"workers": 2}}}

    def found() -> list[tuple[str, str]]:
        result = play(DRIFT, {"gunicorn_apps": apps}, on=prepared, good=None).of("gunicorn_drift")["findings"]
        return [(one["kind"], one["subject"].rpartition("/")[2]) for one in result if one["app"] == APP]

    prepared.run(f"cd {HOME}/current/src && {HOME}/current/venv/bin/python -c 'import hello, gunicorn.app.wsgiapp'")
    assert found() == []
    prepared.run(f"cat > /root/plant.py <<'END'\n{PLANT}\nEND\npython3 /root/plant.py {HOME}/current/src")
    packages = f"$(readlink -f {HOME}/current/venv)/lib/python3*/site-packages"
    prepared.run(f"cd {packages} && echo 'import os' > evil.pth")
    kinds = found()
    assert "file-added" in [kind for kind, name in kinds if name.startswith("planted.cpython-")]
    assert ("file-added", "evil.pth") in kinds
    assert [kind for kind, name in kinds if name.startswith("hello.cpython-")] == ["file-tampered"]

    prepared.run(f"python3 /root/plant.py {HOME}/releases/{old}/src")
    refused = task("gunicorn_release", False, app=APP, command="rollback", release=old)
    assert f"files of release {old} were changed on this host." in refused["msg"]

    deploy("six")
    assert found() == []
    assert ask(prepared, APP)["version"] == "six"


def test_a_record_without_compiled_code_raises_no_alarm(
    deploy: Callable[..., dict[str, Any]], play: Any, prepared: Any
) -> None:
    """As earlier versions have left it on the host."""
    deploy("six")
    strip = (
        "import glob, json\n"
        f"for path in glob.glob('{HOME}/*/*.complete'):\n"
        "    about = json.load(open(path))\n"
        "    about['files'] = {k: v for k, v in about['files'].items() if '__pycache__' not in k}\n"
        "    json.dump(about, open(path, 'w'))\n"
    )
    prepared.run(f"cat > /root/strip.py <<'END'\n{strip}\nEND\npython3 /root/strip.py")
    assert "changed" not in deploy("six") or not deploy("six")["changed"]


# ---- patterns ----------------------------------------------------------------------------------------------------


def test_a_response_that_keeps_a_pattern_busy(deploy: Callable[..., dict[str, Any]], task: Task, prepared: Any) -> None:
    """The deploy ends in time and says why; the live release serves on."""
    deploy("six")
    evil = (
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [b'a' * 5000 + b'!']\n"
    )
    started = time.monotonic()
    failed = deploy("evil", evil, good=False, health={"within": 10, "body": "(a+)+$"})
    assert time.monotonic() - started < 240
    assert "matching the patterns of this health check took longer than 1 s" in failed["failure"]["evidence"]
    assert ask(prepared, APP)["version"] == "six"
    answer = task("gunicorn_health", app=APP, body="(.*a){25}x", within=3, good=False)
    assert answer["attempts"] >= 1
