# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the import check finds on a real host, what it says of it, and that it leaves nothing behind."""

from __future__ import annotations

import base64
import json
import subprocess
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import Converge, hello

NEW, OLD = "27.0.1", "20.1.0"
HOME = "/opt/import"
SECRET = "sesame-open-47"
WSGI = "def application(environ, start_response): return []\n"
ASGI = "async def application(scope, receive, send): pass\n"
PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Import the app
      wsgiops.gunicorn.gunicorn_import_check: "{{ options }}"
"""
Check = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def venvs(prepared: Any) -> Any:
    """A host with a user, and with the oldest and the newest Gunicorn."""
    prepared.run(f"useradd --system importer; mkdir -p {HOME} /home/hidden && echo data > /home/hidden/file")
    prepared.run("chmod 755 /home/hidden; chmod 644 /home/hidden/file")
    for version in (NEW, OLD):
        prepared.run(f"python3 -m venv {HOME}/{version}")
        prepared.run(f"{HOME}/{version}/bin/pip install -q gunicorn=={version} 'setuptools<81'")
    return prepared


def leftovers(host: Any) -> str:
    """Units, directories and processes of checks."""
    return str(
        host.out(
            "ls -d /run/*-check* /run/systemd/system/gunicorn-* 2>/dev/null; "
            "systemctl list-units --all --no-legend --plain 'gunicorn-*-check.service'; "
            "pgrep -a -f '[i]mport_probe'; pgrep -a -u importer; true"
        )
    )


@pytest.fixture
def check(venvs: Any, play: Any) -> Iterator[Check]:
    """Write shop.py, run the module on it, and return its result."""

    def run(code: str, target: str = "shop", version: str = NEW, good: bool = False, **options: Any) -> dict[str, Any]:
        text = base64.b64encode(textwrap.dedent(code).encode()).decode()
        venvs.run(f"rm -rf {HOME}/app; mkdir {HOME}/app; echo {text} | base64 -d > {HOME}/app/shop.py")
        given = {
            "target": target,
            "python": f"{HOME}/{version}/bin/python",
            "directory": f"{HOME}/app",
            "user": "importer",
            **options,
        }
        result = play(PLAY, {"options": given}, on=venvs, good=good).of("gunicorn_import_check")
        assert result["changed"] is False
        return dict(result)

    yield run
    assert leftovers(venvs) == ""
    assert venvs.out(f"ls -A {HOME}/app") == "shop.py"


@pytest.mark.parametrize("version", [NEW, OLD])
@pytest.mark.parametrize(
    ("code", "target", "kind", "factory"),
    [
        pytest.param(WSGI, "shop", "wsgi", False, id="wsgi"),
        pytest.param(ASGI, "shop:application", "asgi", False, id="asgi"),
        pytest.param(
            f"{WSGI}def create_app(name='x'): return application", "shop:create_app()", "wsgi", True, id="factory"
        ),
        pytest.param(f"{ASGI}def make(*, a): return application", "shop:make(a=1)", "asgi", True, id="asgi-factory"),
    ],
)
def test_kinds(check: Check, version: str, code: str, target: str, kind: str, factory: bool) -> None:
    report = check(f"import time\ntime.sleep(0.2)\nheld = bytearray(b'x' * 30_000_000)\n{code}", target, version, True)[
        "report"
    ]
    assert report["ok"] is True
    assert (report["kind"], report["factory"], report["gunicorn"]) == (kind, factory, version)
    assert 0.2 <= report["seconds"] < 5
    assert 30_000_000 <= report["import_bytes"] < 60_000_000
    assert report["memory_bytes"] > report["import_bytes"] + 5_000_000


CATCHES = [
    pytest.param(
        "\nimport redis_of_nobody\n",
        {},
        "importing shop failed: ModuleNotFoundError: No module named 'redis_of_nobody'",
        [
            "/opt/import/app/shop.py:2 in <module>",
            "    import redis_of_nobody",
            "Is redis_of_nobody among the requirements?",
        ],
        id="import-error",
    ),
    pytest.param("def f(:\n", {}, "SyntaxError", ["/opt/import/app/shop.py:1", "def f(:"], id="syntax-error"),
    pytest.param(
        WSGI,
        {"target": "shopp"},
        "No module named 'shopp'",
        ["There is no module shopp on the search path"],
        id="no-module",
    ),
    pytest.param(
        WSGI,
        {"target": "shop:aplication"},
        "target: shop has no 'aplication'. Did you mean 'application'?",
        [],
        id="missing",
    ),
    pytest.param(
        "application = 3", {}, "application of shop is not callable: it is of type int.", [], id="not-callable"
    ),
    pytest.param(
        "def make(): return None",
        {"target": "shop:make()"},
        "make() of shop does not return a callable",
        [],
        id="factory-returns-none",
    ),
    pytest.param(
        "def make():\n    raise ValueError('no database')",
        {"target": "shop:make()"},
        "calling make() of shop failed: ValueError: no database",
        ["shop.py:2 in make"],
        id="factory-raises",
    ),
    pytest.param(
        "def create_app(config=None): pass",
        {"target": "shop:create_app"},
        "looks like an app factory",
        ["Write 'shop:create_app()'"],
        id="factory-not-called",
    ),
    pytest.param(
        "print('usage: shop')\nimport sys\nsys.exit(7)",
        {},
        "importing shop failed: it called sys.exit(7)",
        ["shop.py:3", "  usage: shop"],
        id="sys-exit",
    ),
    pytest.param("import sys\nsys.exit('no licence')", {}, 'it called sys.exit("no licence")', [], id="sys-exit-words"),
    pytest.param("import os\nos._exit(5)", {}, "exited with status 5, as after os._exit(5)", [], id="os-exit"),
    pytest.param(
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        {},
        "was killed by SIGKILL",
        ["limits.memory_max"],
        id="sigkill",
    ),
    pytest.param(
        "import os, signal\ndef crash():\n    os.kill(os.getpid(), signal.SIGSEGV)\ncrash()",
        {},
        "was killed by SIGSEGV",
        ["shop.py:3 in crash"],
        id="sigsegv",
    ),
    pytest.param(
        "import time\ndef wait():\n    time.sleep(600)\nwait()",
        {"timeout": 2},
        "importing shop did not finish within 2 s. If it needs longer, raise timeout.",
        ["shop.py:4 in <module>", "shop.py:3 in wait", "time.sleep(600)"],
        id="hang",
    ),
    pytest.param(
        "import threading\nthreading.Event().wait()",
        {"timeout": 2},
        "did not finish within 2 s",
        ["shop.py:2 in <module>", "threading.py"],
        id="hang-in-library",
    ),
    pytest.param(
        "import signal, time\nfor one in (signal.SIGTERM, signal.SIGINT): signal.signal(one, signal.SIG_IGN)\n"
        "if __import__('os').fork() == 0: time.sleep(900)\ntime.sleep(600)",
        {"timeout": 2},
        "did not finish within 2 s",
        ["shop.py:4"],
        id="hang-that-ignores-signals",
    ),
    pytest.param(
        "raise RuntimeError('y' * 50_000_000)",
        {},
        "importing shop failed: RuntimeError: yyy",
        ["(50000000 characters)"],
        id="huge-message",
    ),
    pytest.param("def f(n):\n    return f(n + 1)\nf(0)", {}, "RecursionError", ["shop.py:2 in f"], id="recursion"),
    pytest.param(
        "import os\nKEY = os.environ['SHOP_KEY']",
        {},
        "KeyError: 'SHOP_KEY'",
        ["The environment variable SHOP_KEY is not set. Set it in env or secret_env."],
        id="environment",
    ),
    pytest.param(
        "try:\n    import nothing_here\nexcept ImportError as exc:\n    raise RuntimeError('not configured') from exc",
        {},
        "RuntimeError: not configured",
        ["Caused by:", "No module named 'nothing_here'"],
        id="cause",
    ),
    pytest.param(
        ASGI,
        {"worker_class": "gthread"},
        "shop is an ASGI app, but worker_class 'gthread'",
        ["worker_class: asgi"],
        id="asgi-on-wsgi-worker",
    ),
    pytest.param(
        WSGI,
        {"worker_class": "asgi"},
        "shop is a WSGI app, but worker_class 'asgi'",
        ["worker_class: gthread"],
        id="wsgi-on-asgi-worker",
    ),
    pytest.param(
        "raise ValueError('cannot log in with ' + __import__('os').environ['PASSWORD'])",
        {"secret_env": {"PASSWORD": SECRET}},
        "cannot log in with ********",
        [],
        id="secret",
    ),
]


@pytest.mark.parametrize(("code", "options", "cause", "evidence"), CATCHES)
def test_catches(check: Check, code: str, options: dict[str, Any], cause: str, evidence: list[str]) -> None:
    result = check(code, **options)
    first = result["msg"].splitlines()[0]
    assert first.startswith("target: ")
    assert cause in first
    for words in evidence:
        assert words in result["msg"]
    assert result["report"]["ok"] is False
    assert SECRET not in json.dumps(result)
    assert len(result["msg"]) < 6000
    assert "directive" not in result["msg"]


@pytest.mark.parametrize(
    ("code", "options", "cause"),
    [
        pytest.param("import redis_of_nobody", {}, "No module named 'redis_of_nobody'", id="import-error"),
        pytest.param(WSGI, {"target": "shop:aplication"}, "Did you mean 'application'?", id="missing"),
        pytest.param("import sys\nsys.exit(7)", {}, "it called sys.exit(7)", id="sys-exit"),
        pytest.param("import time\ntime.sleep(600)", {"timeout": 2}, "did not finish within 2 s", id="hang"),
        pytest.param(ASGI, {"worker_class": "gthread"}, "Gunicorn 24 or newer", id="asgi"),
    ],
)
def test_catches_with_old_gunicorn(check: Check, code: str, options: dict[str, Any], cause: str) -> None:
    assert cause in check(code, version=OLD, **options)["msg"].splitlines()[0]


def size_of_logs(host: Any) -> int:
    return int(host.out("du -sk /run /var/log | awk '{sum += $1} END {print sum}'"))


@pytest.mark.parametrize(
    ("code", "good"),
    [
        pytest.param(f"for n in range(20_000): print('z' * 100_000)\n{WSGI}", True, id="ends"),
        pytest.param("import sys\nwhile True: print('z' * 100_000, file=sys.stderr)", False, id="never-ends"),
    ],
)
def test_output_flood(check: Check, venvs: Any, code: str, good: bool) -> None:
    """Two gigabytes go nowhere, and nobody waits for them."""
    before = size_of_logs(venvs)
    result = check(code, good=good, timeout=60 if good else 5)
    assert size_of_logs(venvs) - before < 10_000
    assert result["report"]["output_bytes"] > (2_000_000_000 if good else 10_000_000)
    assert len(json.dumps(result)) < 10_000
    if not good:
        assert "did not finish within 5 s" in result["msg"]
        assert "shop.py:2" in result["msg"]


# What an app does, which switches are suspected first, and in which words.
SANDBOX = [
    pytest.param("open('/home/hidden/file').read()", [("ProtectHome", "read-only")], "home directories", id="home"),
    pytest.param(
        "import os\nif not os.path.exists('/home/hidden/file'): raise RuntimeError('no data at /home/hidden/file')",
        [("ProtectHome", "read-only")],
        "home directories",
        id="home-in-own-words",
    ),
    pytest.param("open('/tmp/of-the-host').read()", [("PrivateTmp", "no")], "the host's /tmp", id="tmp"),
    pytest.param("open('/proc/meminfo').read()", [("ProcSubset", "all")], "/proc", id="proc"),
    pytest.param("open('/proc/1/status').read()", [("ProtectProc", "default")], "other processes", id="process"),
    pytest.param("open('/dev/of-the-host').read()", [("PrivateDevices", "no")], "devices", id="device"),
    pytest.param(
        "import socket\nsocket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        [("RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK")],
        "AF_NETLINK sockets",
        id="family",
    ),
    pytest.param(
        "import mmap\nmmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)",
        [("MemoryDenyWriteExecute", "no")],
        "an operation that was refused",
        id="jit",
    ),
    pytest.param(
        "import os\nos.nice(1)",
        [("SystemCallFilter", "@system-service")],
        "an operation that was refused",
        id="system-call",
    ),
]


@pytest.fixture
def hidden(venvs: Any) -> Iterator[None]:
    """What the sandbox keeps from the app."""
    venvs.run(
        f"echo x > /tmp/of-the-host; echo x > /dev/of-the-host; mkdir -p {HOME}/cache && chown importer {HOME}/cache"
    )
    yield
    venvs.run(f"rm -rf /tmp/of-the-host /dev/of-the-host {HOME}/cache")


@pytest.mark.parametrize(("code", "switches", "reason"), SANDBOX)
def test_sandbox(check: Check, hidden: None, code: str, switches: list[tuple[str, str]], reason: str) -> None:
    """The switch is suspected, but not opened; opened because a person asks, the same import passes."""
    said = check(f"{code}\n{WSGI}")["msg"]
    assert "shop.py:" in said
    assert "nothing was opened to test it" in said
    words = [f"{name}={value}" for name, value in switches]
    assert f"It may need {' and '.join(words)} ({reason}); to try it: gunicorn_import_check" in said
    assert f"with try_sandbox: [{', '.join(words)}]." in said
    tried = check(f"{code}\n{WSGI}", good=True, try_sandbox=words)
    assert tried["report"]["ok"] is True
    assert tried["report"]["trial"]["needed"] is True
    (outcome,) = [warning for warning in tried["warnings"] if "import succeeds" in warning]
    declared = outcome.partition("gunicorn_apps.<app>.sandbox:")[2].splitlines()[1:]
    assert declared == [f'  - {{directive: {name}, value: "{value}", reason: ""}}' for name, value in switches]


def test_a_protection_that_is_never_opened(check: Check, hidden: None) -> None:
    """What an app writes outside would stay."""
    code = f"open('/opt/import/cache/file', 'w')\n{WSGI}"
    said = check(code)["msg"]
    assert "It may need ProtectSystem=full (writes outside of the app's shared directory), which is never tried" in said
    refused = check(code, try_sandbox=["ProtectSystem=full"])["msg"]
    assert "try_sandbox[0]: ProtectSystem is never opened for a trial" in refused
    assert check(code, sandbox=False, good=True)["report"]["ok"] is True
    assert "has no effect with `sandbox: false`" in check(code, sandbox=False, try_sandbox=["ProtectHome"])["msg"]


def test_working_directory_that_the_sandbox_hides(check: Check, venvs: Any) -> None:
    venvs.run(f"echo '{WSGI}' > /home/hidden/shop.py")
    said = check(WSGI, directory="/home/hidden")["msg"]
    assert "the import check could not be run: cannot change to the working directory" in said
    assert "with try_sandbox: [ProtectHome=read-only]." in said


def test_what_the_sandbox_is_not_to_blame_for(check: Check) -> None:
    """A trial that does not help says so."""
    said = check("open('/home/nobody/has/this')", try_sandbox=["ProtectHome"])["msg"]
    assert "FileNotFoundError" in said
    assert "With ProtectHome=read-only the import fails as well." in said
    assert "directive" not in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"user": "nobody-here"}, "user: user 'nobody-here' does not exist", id="user"),
        pytest.param({"user": "root"}, "user: 'root' is not allowed.", id="root"),
        pytest.param({"python": "/opt/none/bin/python"}, "python: /opt/none/bin/python does not exist", id="python"),
        pytest.param({"directory": "opt"}, "directory: 'opt' is not an absolute path.", id="directory"),
        pytest.param({"target": "no way"}, "target: 'no way' does not have the form 'module:callable'.", id="target"),
        pytest.param({"timeout": 0}, "timeout: must be at least 1 second, not 0.", id="timeout"),
        pytest.param({"env": {"PORT": "1"}}, "env.PORT: is not allowed.", id="env"),
        pytest.param({"python": "/usr/bin/python3"}, "Gunicorn cannot be imported", id="no-gunicorn"),
    ],
)
def test_bad_input(check: Check, options: dict[str, Any], said: str) -> None:
    assert said in check(WSGI, **options)["msg"]


def test_killed_run_is_cleared_by_the_next(check: Check, venvs: Any, play: Any, tmp_path: Path) -> None:
    """SIGKILL of the module while the app hangs."""
    venvs.run(f"rm -rf {HOME}/app; mkdir {HOME}/app; echo 'import time; time.sleep(600)' > {HOME}/app/shop.py")
    options = {"target": "shop", "python": f"{HOME}/{NEW}/bin/python", "directory": f"{HOME}/app", "user": "importer"}
    (tmp_path / "kill.sh").write_text(
        "for n in $(seq 300); do pid=$(pgrep -o -f '^systemctl start -- gunicorn-import-check') && "
        "kill -9 $(ps -o ppid= -p $pid) && exit; sleep 0.1; done; exit 1"
    )
    with (tmp_path / "kill.sh").open() as script:
        killer = subprocess.Popen([venvs.tool, "exec", venvs.name, "sh"], stdin=script)
    play(PLAY, {"options": {**options, "timeout": 300}}, on=venvs, good=False)
    assert killer.wait() == 0
    assert "import_probe" in leftovers(venvs)
    started = time.monotonic()
    assert check(WSGI, good=True)["report"]["ok"] is True
    assert time.monotonic() - started < 60


def test_deployed_app(converge: Converge, play: Any, tmp_path: Path) -> None:
    """By name: the current release passes, one that did not boot says why, and what is wrong in the question."""
    source = hello(tmp_path)
    app = {"app": "hello:app", "source": {"local": str(source)}, "secret_env": {"TOKEN": SECRET}}
    app["health"] = {"within": 15}
    host = converge.host
    first = converge({"imported": app}).of("gunicorn_apps")["apps"]["imported"]["release"]

    def ask(good: bool, **options: Any) -> dict[str, Any]:
        result = play(PLAY, {"options": {"app": "imported", **options}}, on=host, good=good, check=True)
        assert leftovers(host) == ""
        return dict(result.of("gunicorn_import_check"))

    assert ask(True)["report"]["kind"] == "wsgi"
    hello(tmp_path, "two", "import os\nraise ValueError('bad ' + os.environ['TOKEN'])")
    second = converge({"imported": app}, good=False).of("gunicorn_apps")["apps"]["imported"]["release"]
    assert second != first
    said = ask(False, release=second)["msg"]
    assert said.startswith("gunicorn_apps.imported.app: importing hello failed: ValueError: bad ********")
    assert "hello.py:" in said
    assert ask(True, release=first, instance="web")["report"]["ok"] is True
    assert ask(False, app="importet")["msg"] == (
        "app: 'importet' is not deployed on this host. Did you mean 'imported'?"
    )
    assert "release: 'none'" in ask(False, release="none")["msg"]
    assert "instance: imported has no instance 'wep'. Did you mean 'web'?" in ask(False, instance="wep")["msg"]
    assert host.out("systemctl is-active gunicorn-imported-web.service") == "active"
