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
RUNS = 7
SITE = "wsgiops.gunicorn.site"
FACTS = "- hosts: all\n  gather_facts: true\n  become: true\n"


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


def no_op(playbook: object, variables: dict, *options: str) -> float:
    """Return the seconds of a run that changed nothing."""
    seconds, counts = run(playbook, variables, *options)
    if counts["changed"]:
        sys.exit(f"bench: {playbook} changed something, so this is no no-op")
    return seconds


def measure() -> dict[object, float]:
    """Take turns, so that a slow minute of the machine is everybody's; return medians."""
    times: dict[object, list[float]] = {}
    for _number in range(RUNS):
        times.setdefault("facts", []).append(no_op(STATE / "facts.yml", {}))
        for size in SIZES:
            times.setdefault(size, []).append(no_op(SITE, {"gunicorn_apps": apps(size)}))
        times.setdefault("check", []).append(no_op(SITE, {"gunicorn_apps": apps(SIZES[-1])}, "--check"))
    return {what: statistics.median(seconds) for what, seconds in times.items()}


def main() -> None:
    """Converge the largest site once, then measure sites that it contains."""
    STATE.mkdir(parents=True, exist_ok=True)
    subprocess.run([HOST, "up", "bench"], check=True)
    said = subprocess.run([HOST, "inventory", "bench"], check=True, capture_output=True, text=True).stdout
    (STATE / "hosts.yml").write_text(said)
    (STATE / "facts.yml").write_text(FACTS)
    try:
        run(SITE, {"gunicorn_apps": apps(SIZES[-1])})
        for size in SIZES:
            run(SITE, {"gunicorn_apps": apps(size)})
        times = measure()
    finally:
        subprocess.run([HOST, "down", "bench"], check=True)
    facts = times["facts"]
    print(f"medians of {RUNS} runs each, taking turns")
    print(f"{'fact gathering alone':<24} {facts:6.2f} s")
    for size in SIZES:
        print(f"{f'no-op site, {size} apps':<24} {times[size]:6.2f} s   {times[size] / facts:.2f} x fact gathering")
    print(f"{'the same, --check':<24} {times['check']:6.2f} s   {times['check'] / facts:.2f} x fact gathering")
    further = (times[SIZES[-1]] - times[SIZES[0]]) / (SIZES[-1] - SIZES[0])
    print(f"{'each further app':<24} {further * 1000:6.0f} ms")


if __name__ == "__main__":
    main()
