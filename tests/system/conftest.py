# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real hosts, and playbooks run on them over SSH."""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from helpers import Converge

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tests" / "hosts" / "host"
PLAYBOOK = ROOT / ".cache" / "venv" / "bin" / "ansible-playbook"


@dataclass(frozen=True)
class Host:
    """A container that is a host."""

    name: str
    inventory: Path

    def run(self, command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a shell command as root, not over SSH."""
        return subprocess.run(
            [TOOL, "exec", self.name, "sh", "-c", command], check=check, capture_output=True, text=True, timeout=300
        )

    def out(self, command: str) -> str:
        """Return what a shell command prints."""
        return self.run(command).stdout.strip()

    def reboot(self) -> None:
        """Restart the host and wait for systemd and SSH."""
        subprocess.run([TOOL, "restart", self.name], check=True)

    @property
    def tool(self) -> Path:
        """The harness's command."""
        return TOOL


@dataclass(frozen=True)
class Result:
    """What a run of ansible-playbook said."""

    status: int
    output: str
    tasks: list[dict[str, Any]]
    stats: dict[str, dict[str, int]]

    @property
    def changed(self) -> int:
        """How many tasks changed something."""
        return sum(counts["changed"] for counts in self.stats.values())

    def of(self, action: str) -> dict[str, Any]:
        """Return the one result of a module, by its short name."""
        found = [task["result"] for task in self.tasks if task["action"].rsplit(".", 1)[-1] == action]
        assert len(found) == 1, f"{action} ran {len(found)} times:\n{self.output}"
        return found[0]

    def changes(self) -> dict[str, list[str]]:
        """Return what each module of ours changed, or in check mode would change."""
        said = {task["action"].rsplit(".", 1)[-1]: task["result"] for task in self.tasks}
        return {action: result["changes"] for action, result in said.items() if "changes" in result}


Play = Callable[..., Result]


def bring(name: str, image: str, directory: Path) -> Host:
    """Start a pristine host."""
    subprocess.run([TOOL, "down", name], check=True)
    subprocess.run([TOOL, "up", name, "--image", image], check=True)
    said = subprocess.run([TOOL, "inventory", name], check=True, capture_output=True, text=True).stdout
    inventory = directory / f"{name}.yml"
    inventory.write_text(said)
    return Host(name, inventory)


@pytest.fixture(scope="session")
def new_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Host]]:
    """Start hosts that only the asking test uses; they go when the session ends."""
    directory = tmp_path_factory.mktemp("inventory")
    names: list[str] = []

    def start(name: str, image: str = "debian12") -> Host:
        names.append(f"system-{name}")
        return bring(names[-1], image, directory)

    yield start
    subprocess.run([TOOL, "down", *names], check=True)


@pytest.fixture(scope="session")
def host(new_host: Callable[..., Host]) -> Host:
    """The host that tests share; each keeps to apps of its own name."""
    return new_host("shared")


@pytest.fixture
def play(host: Host, tmp_path: Path) -> Play:
    """Run a playbook, given as text or by its full name, over SSH."""

    def run(
        playbook: str,
        extra_vars: Mapping[str, Any] | None = None,
        check: bool = False,
        diff: bool = False,
        on: Host | None = None,
        good: bool | None = True,
        verbosity: int = 0,
    ) -> Result:
        if "\n" in playbook:
            (tmp_path / "play.yml").write_text(textwrap.dedent(playbook))
            playbook = str(tmp_path / "play.yml")
        (tmp_path / "extra.json").write_text(json.dumps(extra_vars or {}))
        record = tmp_path / "record.json"
        record.unlink(missing_ok=True)
        command = [PLAYBOOK, playbook, "-i", (on or host).inventory, "-e", f"@{tmp_path / 'extra.json'}"]
        command += ["--check"] * check + ["--diff"] * diff + ["-" + "v" * verbosity] * bool(verbosity)
        environment = {
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "record",
            "ANSIBLE_NOCOLOR": "1",
            "RECORD_FILE": str(record),
        }
        said = subprocess.run(
            command, cwd=ROOT, env=environment, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if good is not None:
            assert (said.returncode == 0) is good, said.stdout
        recorded = json.loads(record.read_text()) if record.exists() else {"tasks": [], "stats": {}}
        return Result(said.returncode, said.stdout, recorded["tasks"], recorded["stats"])

    return run


@pytest.fixture(scope="session")
def prepared(host: Host) -> Host:
    """The shared host after the host role: uv is there, and the tmpfs for heartbeats."""
    playbook = "- {hosts: all, gather_facts: false, roles: [wsgiops.gunicorn.gunicorn_host]}\n"
    command = [PLAYBOOK, "-i", host.inventory, "/dev/stdin"]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, text=True, input=playbook)
    return host


@pytest.fixture
def converge(play: Play, prepared: Host) -> Converge:
    """Run the apps role on the prepared host."""
    return Converge(play, prepared)
