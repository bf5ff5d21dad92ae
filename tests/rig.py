# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts to test on, and runs of playbooks over SSH, for everything in tests/ that needs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import textwrap
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
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
            [TOOL, "exec", self.name, "sh", "-c", command],
            check=check,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=300,
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
    seconds: float
    output: str
    tasks: list[dict[str, Any]]
    stats: dict[str, dict[str, int]]

    @property
    def changed(self) -> int:
        """How many tasks changed something."""
        return sum(counts["changed"] for counts in self.stats.values())

    @property
    def said(self) -> str:
        """Why tasks failed: their messages and evidence."""
        return "\n".join(why(task["result"]) for task in self.tasks if task["status"] == "failed")

    def why(self, action: str) -> str:
        """The same of one module, by its short name."""
        return why(self.of(action))

    def of(self, action: str) -> dict[str, Any]:
        """Return the one result of a module, by its short name."""
        found = [task["result"] for task in self.tasks if task["action"].rsplit(".", 1)[-1] == action]
        assert len(found) == 1, f"{action} ran {len(found)} times:\n{self.output}"
        return found[0]

    def changes(self) -> dict[str, list[str]]:
        """Return what each module of ours changed, or in check mode would change."""
        said = {task["action"].rsplit(".", 1)[-1]: task["result"] for task in self.tasks}
        return {action: result["changes"] for action, result in said.items() if "changes" in result}


def why(result: Mapping[str, Any]) -> str:
    """The message of a failed task, and what its failures say beside it."""
    failures = [result.get("failure", {}), *(app.get("failure", {}) for app in result.get("apps", {}).values())]
    more = [failure[part] for failure in failures for part in ("cause", "evidence", "restored") if failure.get(part)]
    message = str(result.get("msg", ""))
    return "\n".join([message, *(text for text in dict.fromkeys(more) if text not in message)])


def bring(name: str, image: str, directory: Path) -> Host:
    """Start a pristine host."""
    subprocess.run([TOOL, "down", name], check=True)
    subprocess.run([TOOL, "up", name, "--image", image], check=True)
    said = subprocess.run([TOOL, "inventory", name], check=True, capture_output=True, text=True).stdout
    inventory = directory / f"{name}.yml"
    inventory.write_text(said)
    return Host(name, inventory)


def run_playbook(
    playbook: str,
    host: Host,
    variables: Mapping[str, Any],
    directory: Path,
    *options: str,
    limit: float | None = None,
) -> Result:
    """Run a playbook, given as text or by its full name; notes of the run go into the directory.

    Raise TimeoutExpired if it does not end within `limit` seconds; what it has started on the host may still run.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if "\n" in playbook:
        (directory / "play.yml").write_text(textwrap.dedent(playbook))
        playbook = str(directory / "play.yml")
    (directory / "extra.json").write_text(json.dumps(variables))
    record = directory / "record.json"
    record.unlink(missing_ok=True)
    command = [PLAYBOOK, playbook, "-i", host.inventory, "-e", f"@{directory / 'extra.json'}", *options]
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "record",
        "ANSIBLE_NOCOLOR": "1",
        "RECORD_FILE": str(record),
    }
    started = time.monotonic()
    said = _run(command, environment, limit)
    seconds = time.monotonic() - started
    recorded = json.loads(record.read_text()) if record.exists() else {"tasks": [], "stats": {}}
    return Result(said.returncode, seconds, said.stdout, recorded["tasks"], recorded["stats"])


def _run(command: list[Any], environment: Mapping[str, str], limit: float | None) -> subprocess.CompletedProcess[str]:
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=limit is not None,
    ) as process:
        try:
            output, _none = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    # As bytes, because text would lose carriage returns.
    return subprocess.CompletedProcess(command, process.returncode, output.decode("utf-8", "replace"))
