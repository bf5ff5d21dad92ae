# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often a run reads what it knows of its releases, and what it does where a manifest is damaged."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import Converge, ask, hello
from rig import Host, Result

LOG = "/run/counted"
PLACE = "/usr/lib/python3/dist-packages"
# Python on the host runs this at each start. An audit hook sees every file that is opened, whatever opens it; both
# hooks outlive the fork in which a deploy goes on.
COUNTER = f"""
import os, sys

def note(word):
    with open("{LOG}", "a") as log:
        log.write(word + "\\n")

def opened(event, arguments):
    path = str(arguments[0]) if event == "open" else ""
    if path.startswith("/srv/gunicorn/") and path.endswith("/manifest.json"):
        note(path)

def called(frame, event, _argument):
    code = frame.f_code
    if event == "call" and code.co_name == "declare" and code.co_filename.endswith("/declare.py"):
        note("declare()")

if os.geteuid() == 0:
    sys.addaudithook(opened)
    sys.setprofile(called)
"""
ROLLBACK = """
- hosts: all
  gather_facts: false
  tasks:
    - wsgiops.gunicorn.gunicorn_release: {app: counted, command: rollback}
"""
Counted = Callable[[Callable[[], Result]], tuple[Counter[str], Result]]


@pytest.fixture
def counted(prepared: Host) -> Iterator[Counted]:
    """Count what the host does in a run."""
    prepared.run(f"cat > {PLACE}/count_reads.py <<'END'\n{COUNTER}\nEND")
    prepared.run(f"echo 'import count_reads' > {PLACE}/count_reads.pth")

    def run(work: Callable[[], Result]) -> tuple[Counter[str], Result]:
        prepared.run(f": > {LOG}")
        result = work()
        return Counter(prepared.out(f"cat {LOG}").splitlines()), result

    yield run
    prepared.run(f"rm -f {PLACE}/count_reads.p* {LOG}")


def git(directory: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-C", directory, "-c", "user.name=test", "-c", "user.email=test@example.com", *words], check=True
    )


def send(host: Host, directory: Path) -> None:
    """Put the repository on the host, with all that is in its directory."""
    git(directory, "init", "--quiet", "--initial-branch=main")
    git(directory, "add", ".")
    git(directory, "commit", "--quiet", "--message", "x")
    with subprocess.Popen(["tar", "-C", directory, "-cf", "-", "."], stdout=subprocess.PIPE) as tar:
        command = "rm -rf /srv/counted; mkdir /srv/counted; tar -C /srv/counted --no-same-owner -xf -"
        subprocess.run([host.tool, "ssh", host.name, command], stdin=tar.stdout, check=True)


def most(counts: Counter[str]) -> tuple[int, int]:
    """How often the manifest was read that was read most often, and how often the app was declared."""
    return max((number for word, number in counts.items() if word != "declare()"), default=0), counts["declare()"]


def test_reads(converge: Converge, counted: Counted, play: Any, tmp_path: Path) -> None:
    """Once to plan, and once under the lock; a repository tells its requirements only when it has been fetched."""
    host = converge.host
    app: dict[str, Any] = {
        "app": "hello:app",
        "source": {"git": "file:///srv/counted", "version": "main"},
        "release": ["true"],
    }
    send(host, hello(tmp_path))
    counts, _done = counted(lambda: converge({"counted": app}))
    assert most(counts) == (0, 3)

    hello(tmp_path, "two")
    send(host, tmp_path / "hello")
    counts, done = counted(lambda: converge({"counted": app}))
    assert most(counts) == (2, 3)
    steps = [one["step"] for one in done.of("gunicorn_apps")["apps"]["counted"]["steps"]]
    assert {"source", "venv", "release", "check", "release commands", "canary", "switch", "prune"} <= set(steps)
    assert ask(host, "counted")["version"] == "two"

    app["env"] = {"COLOUR": "red"}
    counts, _done = counted(lambda: converge({"counted": app}))
    assert most(counts) == (2, 2)
    counts, done = counted(lambda: converge({"counted": app}))
    assert (most(counts), done.changed) == ((1, 1), 0)
    counts, _done = counted(lambda: play(ROLLBACK, on=host))
    assert most(counts) == (2, 0)


def test_damaged_manifests(converge: Converge, play: Any, tmp_path: Path) -> None:
    """That of another release is in nobody's way; that of the live one stops its app and no other."""
    host = converge.host
    app: dict[str, Any] = {"app": "hello:app", "source": {"local": str(hello(tmp_path))}}
    release = [converge({"damaged": app}).of("gunicorn_apps")["apps"]["damaged"]["release"]]

    def deploy(colour: str, **options: Any) -> dict[str, Any]:
        result = converge({"damaged": {**app, "env": {"COLOUR": colour}}}, **options)
        return dict(result.of("gunicorn_apps"))

    release.append(deploy("red")["apps"]["damaged"]["release"])
    old, live = (f"/srv/gunicorn/damaged/releases/{name}/manifest.json" for name in release)
    host.run(f"cp {live} /root/manifest.json; echo '{{' > {old}")
    said = deploy("blue")
    assert f"release {release[0]} cannot be used. {old}: it is not JSON" in json.dumps(said["warnings"])
    rollback = "- {hosts: all, gather_facts: false, tasks: [{wsgiops.gunicorn.gunicorn_release: {%s}}]}\n"
    listing = "- {hosts: all, gather_facts: false, tasks: [{wsgiops.gunicorn.gunicorn_release_info: {app: damaged}}]}\n"
    listed = play(listing, on=host).of("gunicorn_release_info")["releases"]
    assert {one["release"]: one["result"] for one in listed} == {
        release[0]: "unusable",
        release[1]: "was live",
        said["apps"]["damaged"]["release"]: "live",
    }
    back = play(rollback % "app: damaged, command: rollback", on=host).of("gunicorn_release")
    assert back["release"] == release[1]

    host.run(f"echo '{{' > {live}")
    refused = converge({"damaged": app, "sound": app}, good=False).of("gunicorn_apps")
    assert refused["apps"]["damaged"]["failure"]["cause"].startswith(
        f"release {release[1]} of damaged is live, but its manifest is"
    )
    assert ask(host, "sound")["version"] == ask(host, "damaged")["version"] == "one"
    refused = play(rollback % "app: damaged, command: rollback", on=host, good=False).of("gunicorn_release")
    assert "its manifest is damaged" in refused["msg"]

    host.run(f"cp /root/manifest.json {live}")
    assert deploy("red")["changed"] is False
    host.run(f"rm {live}")
    assert deploy("green")["apps"]["damaged"]["changed"]
    assert ask(host, "damaged")["version"] == "one"
