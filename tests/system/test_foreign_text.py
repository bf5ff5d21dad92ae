# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What apps and packages write is data: no text of theirs ends a run, reaches a terminal, or shows a secret."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from helpers import Converge, ask, hello

GIT = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com"]
# In the import check: write what root will read, and end the probe, which would write the real report.
FORGE = """
import signal, stat
place = os.environ.get("RUNTIME_DIRECTORY", "")
if "-check" in place:
    {forge}
    os.kill(os.getppid(), signal.SIGKILL)
    os._exit(0)
"""
DEEP = "open(place + '/report.json', 'w').write('{\"answer\":' * 50000)"
SHAPE = "json.dump({'end': 'status', 'status': 0, 'signal': ['\\x1b]0;owned']}, open(place + '/report.json', 'w'))"
HUGE = "open(place + '/report.json', 'w').write(' ' * 2**20)"
FIFO = "os.mkfifo(place + '/report.json')"
LINK = "os.symlink('/etc/shadow', place + '/report.json')"
FORGED = [
    pytest.param(DEEP, "it is nested more than 24 levels deep", id="deep"),
    pytest.param(SHAPE, "`signal` is a list, not text", id="shape"),
    pytest.param(HUGE, "it is larger than 512 KiB", id="huge"),
    pytest.param(FIFO, "it is not a regular file", id="pipe"),
    pytest.param(LINK, "Too many levels of symbolic links", id="link"),
]


def local(directory: Path, version: str = "one", extra: str = "") -> dict[str, Any]:
    return {"app": "hello:app", "source": {"local": str(hello(directory, version, extra))}}


@pytest.mark.parametrize(("forge", "problem"), FORGED)
def test_a_forged_report(converge: Converge, tmp_path: Path, forge: str, problem: str) -> None:
    """The deploy of its app is refused, with the reason; the app beside it is deployed."""
    good = local(tmp_path / "good", "beside-" + problem[:9])
    refused = converge(
        {"forger": local(tmp_path / "forger", extra=FORGE.format(forge=forge)), "beside": good}, good=False
    )
    apps = refused.of("gunicorn_apps")["apps"]
    assert apps["forger"]["failure"]["cause"] == (
        f"gunicorn_apps.forger.app: the report of the import check cannot be used: {problem}."
    )
    assert apps["forger"]["failure"]["restored"] == "No running process was changed."
    assert "Code of the app can write there" in apps["forger"]["failure"]["evidence"]
    assert "failure" not in apps["beside"]
    assert ask(converge.host, "beside")["version"] == "beside-" + problem[:9]
    assert "\x1b" not in refused.output
    assert converge.host.out("ls -d /run/*forger*check* 2>/dev/null; true") == ""


PRINTS = r"""
import base64
TOKEN_ = os.environ["TOKEN"]
sys_out = "\x1b]0;OWNED\x07\x1b[2J\x1b]52;c;cm0gLXJmIH4K\x07\x9b31m\u202egnp\u200b"
print(sys_out)
print(repr(TOKEN_), base64.b64encode(TOKEN_.encode()).decode(), json.dumps(TOKEN_))
print("see https://ci:hunter2-s3cret@pypi.corp/simple and https://h/x?token=t0ken-of-a-url")
raise RuntimeError(sys_out + TOKEN_ + base64.b64encode(("user:" + TOKEN_).encode()).decode())
"""


def test_terminal_sequences_and_secrets(converge: Converge, tmp_path: Path) -> None:
    """Neither the terminal nor the result at the highest verbosity gets what the app prints as it is."""
    host = converge.host
    token = "quo\"ted 'and\\ more é n0t-to-be-seen"
    directory = tmp_path / "talks"
    app = {**local(directory, extra=PRINTS), "secret_env": {"TOKEN": token}}
    (directory / "hello" / ".env.production").write_text("KEY=of-the-developer\n")
    refused = converge({"talks": app}, good=False, verbosity=3, diff=True)
    assert not [character for character in ("\x1b", "\x07", "\x9b", "\u202e", "\u200b") if character in refused.output]
    why = refused.why("gunicorn_apps")
    assert "\\x1b]52;c;" in why
    assert "\\u202egnp\\u200b" in why
    for shown in (token, repr(token)[1:-1], json.dumps(token)[1:-1], "n0t-to-be-seen", "hunter2", "t0ken-of-a-url"):
        assert shown not in refused.output
    assert "bjB0LXRvLWJlLXNlZW4" not in refused.output  # base64 of its end, aligned
    assert "RuntimeError" in why
    # What it left on the host says no more, and is for root alone.
    history = host.out("cat /srv/gunicorn/talks/deploys.jsonl")
    assert "RuntimeError" in json.loads(history)["why"]
    assert "n0t-to-be-seen" not in history
    assert host.out("stat -c '%a %U' /srv/gunicorn/talks/deploys.jsonl") == "600 root"
    # The developer's own secrets did not even leave the controller.
    assert any(".env.production" in warning for warning in refused.of("gunicorn_apps")["warnings"])
    assert host.out("find /srv/gunicorn/talks -name '.env*'") == ""


def test_what_makes_planning_fail_is_one_apps_failure(converge: Converge, tmp_path: Path) -> None:
    """A name with a null character: in a directory it is read while planning, in a repository after the fetch."""
    host = converge.host
    project = tmp_path / "crasher"
    project.mkdir()
    (project / "requirements.txt").write_text("flask\n-r a\0b.txt\n")
    (project / "hello.py").write_text("def app(e, s): return []\n")
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "x"]):
        subprocess.run([*GIT, "-C", project, *words], check=True)
    with subprocess.Popen(["tar", "-C", project, "-cf", "-", "."], stdout=subprocess.PIPE) as tar:
        command = "mkdir -p /srv/crasher; tar -C /srv/crasher --no-same-owner -xf -"
        subprocess.run([host.tool, "ssh", host.name, command], stdin=tar.stdout, check=True)
    apps = {
        "crasher": {"app": "hello:app", "source": {"path": "/srv/crasher"}},
        "late": {"app": "hello:app", "source": {"git": "file:///srv/crasher"}},
        "calm": local(tmp_path, "calm"),
    }
    refused = converge(apps, good=False)
    results = refused.of("gunicorn_apps")["apps"]
    assert ask(host, "calm")["version"] == "calm"
    assert results["calm"]["release"]
    for name in ("crasher", "late"):
        assert results[name]["failure"]["cause"]
        assert f"{name}: " in refused.of("gunicorn_apps")["msg"]
    assert "\0" not in refused.output
    assert "Traceback" not in refused.output
    assert json.loads(host.out("tail -n 1 /srv/gunicorn/late/deploys.jsonl"))["result"] == "failed"
    assert host.out("cat /srv/gunicorn/late/.lock") == ""
    again = converge({"calm": local(tmp_path, "calm")})
    assert again.changes().get("gunicorn_apps", []) == []


def test_credentials_of_the_index(converge: Converge, tmp_path: Path) -> None:
    """A build back end prints the environment that it was started with, in several forms."""
    host = converge.host
    source = tmp_path / "leaky"
    source.mkdir()
    (source / "hello.py").write_text("def app(e, s): return []\n")
    (source / "pyproject.toml").write_text(
        '[project]\nname = "leaky"\nversion = "1"\ndynamic = ["dependencies"]\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (source / "backend.py").write_text(
        "import base64, os\n"
        "seen = [f'{k}={v}' for k, v in os.environ.items() if 'INDEX' in k] or ['nothing']\n"
        "print(seen, base64.b64encode(' '.join(seen).encode()), 'hunter2-s3cret'[::1])\n"
        "raise RuntimeError(' '.join(seen) + ' Failed to fetch https://ci:hunter2-s3cret@pypi.corp/a.whl')\n"
    )
    host.run("mkdir -p /srv/gunicorn/leaky && touch /srv/gunicorn/leaky/deploys.jsonl")
    host.run("chmod 644 /srv/gunicorn/leaky/deploys.jsonl")
    index = "https://ci:hunter2-s3cret@127.0.0.1:9/simple"
    variables = {"gunicorn_apps_installer_env": {"UV_INDEX_URL": index, "PIP_INDEX_URL": index}}
    app = {"app": "hello:app", "source": {"local": str(source)}}
    refused = converge({"leaky": app}, good=False, verbosity=3, variables=variables)
    assert "RuntimeError" in refused.why("gunicorn_apps")
    assert "hunter2" not in refused.output
    assert "aHVudGVyMi1zM2NyZX" not in refused.output
    assert host.out("grep -c hunter2 /srv/gunicorn/leaky/deploys.jsonl; true") == "0"
    assert host.out("stat -c %a /srv/gunicorn/leaky/deploys.jsonl") == "600"


def test_credentials_in_a_declaration(converge: Converge) -> None:
    app = {"app": "hello:app", "source": {"archive": "https://example.com/x.tar.gz?token=t0ken-of-a-url"}}
    refused = converge({"declares": app}, good=False)
    assert "gunicorn_apps_installer_env" in refused.why("gunicorn_apps")
    assert "t0ken-of-a-url" not in refused.why("gunicorn_apps")
