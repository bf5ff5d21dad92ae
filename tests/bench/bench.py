# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long does a run take that changes nothing? Over SSH, medians, beside fact gathering alone."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".cache" / "bench"
HOST = ROOT / "tests" / "hosts" / "host"
PLAYBOOK = ROOT / ".cache" / "venv" / "bin" / "ansible-playbook"
SIZES = (1, 3, 10)
RUNS = 5
FACTS = "- hosts: all\n  gather_facts: true\n"


def apps(number: int) -> dict:
    """Return as many small apps."""
    return {
        f"app{index}": {
            "app": "hello:app",
            "source": {"local": str(ROOT / "tests/bench/app")},
            "profile": "io",
            "settings": {"workers": 1},
            "server_name": [f"app{index}.localhost"],
        }
        for index in range(1, number + 1)
    }


def run(playbook: object, variables: dict, *options: str) -> tuple[float, dict]:
    """Run a playbook; return its seconds and counts."""
    (STATE / "extra.json").write_text(json.dumps(variables))
    record = STATE / "record.json"
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "record",
        "RECORD_FILE": str(record),
    }
    command = [PLAYBOOK, playbook, "-i", STATE / "hosts.yml", "-e", f"@{STATE / 'extra.json'}", *options]
    started = time.monotonic()
    said = subprocess.run(
        [str(part) for part in command], cwd=ROOT, env=environment, check=False, text=True, capture_output=True
    )
    seconds = time.monotonic() - started
    if said.returncode:
        sys.exit(f"bench: {playbook} failed\n{said.stdout[-3000:]}{said.stderr[-1000:]}")
    return seconds, json.loads(record.read_text())["stats"]["bench"]


def median(playbook: object, variables: dict, *options: str) -> float:
    """Return the median seconds of runs that changed nothing."""
    times = []
    for _number in range(RUNS):
        seconds, counts = run(playbook, variables, *options)
        if counts["changed"]:
            sys.exit(f"bench: {playbook} changed something, so this is no no-op")
        times.append(seconds)
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    STATE.mkdir(parents=True, exist_ok=True)
    subprocess.run([HOST, "up", "bench"], check=True)
    said = subprocess.run([HOST, "inventory", "bench"], check=True, capture_output=True, text=True).stdout
    (STATE / "hosts.yml").write_text(said)
    (STATE / "facts.yml").write_text(FACTS)
    try:
        facts = median(STATE / "facts.yml", {})
        print(f"{'fact gathering alone':<24} {facts:6.2f} s")
        times = {}
        for size in SIZES:
            variables = {"gunicorn_apps": apps(size)}
            run("wsgiops.gunicorn.site", variables)
            times[size] = median("wsgiops.gunicorn.site", variables)
            print(f"{f'no-op site, {size} apps':<24} {times[size]:6.2f} s   {times[size] / facts:.2f} × fact gathering")
        checked = median("wsgiops.gunicorn.site", variables, "--check")
        print(f"{'the same, --check':<24} {checked:6.2f} s   {checked / facts:.2f} × fact gathering")
        further = (times[SIZES[-1]] - times[SIZES[0]]) / (SIZES[-1] - SIZES[0])
        print(f"{'each further app':<24} {further * 1000:6.0f} ms")
    finally:
        subprocess.run([HOST, "down", "bench"], check=True)


if __name__ == "__main__":
    main()
