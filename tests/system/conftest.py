# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real hosts, and playbooks run on them over SSH."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from helpers import Converge
from rig import PLAYBOOK, ROOT, TOOL, Host, Result, bring, run_playbook

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")  # each process of the suite has hosts of its own


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of this suite."""
    parser.addoption("--every-step", action="store_true", help="accidents of every kind at every step of a deploy")
    parser.addoption("--every-drift", action="store_true", help="each drift of the bank alone, beside all at once")


Play = Callable[..., Result]


@pytest.fixture(scope="session")
def new_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Host]]:
    """Start hosts that only the asking test uses; they go when the session ends."""
    directory = tmp_path_factory.mktemp("inventory")
    names: list[str] = []

    def start(name: str, image: str = "debian12") -> Host:
        names.append(f"system-{WORKER}-{name}")
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
        options = ["--check"] * check + ["--diff"] * diff + ["-" + "v" * verbosity] * bool(verbosity)
        result = run_playbook(playbook, on or host, extra_vars or {}, tmp_path, *options)
        if good is not None:
            assert (result.status == 0) is good, result.output
        return result

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
