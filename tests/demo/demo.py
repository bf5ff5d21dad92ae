# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn a bare container into a host with three apps, and show the result."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".cache" / "demo"
HOST = ROOT / "tests" / "hosts" / "host"
# As typed in the root of the checkout.
PLAYBOOK = (
    *(".cache/venv/bin/ansible-playbook", "-i", "tests/demo/inventory", "-i", ".cache/demo/hosts.yml"),
    *("-e", "@.cache/demo/places.json"),
)
PROOFS = {"httpbin": "/get", "shop": "/", "feed": "/items"}


def output(*command: object) -> str:
    """Return what a command prints; its errors go to the terminal."""
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def free_port(preferred: int) -> int:
    """Return the preferred port, or another one if it is in use."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise SystemExit("demo: 127.0.0.1 has no free port")


def bring_up() -> str:
    """Start the host if it is not running, and return the address at which its port 80 is published."""
    if "demo" not in output(HOST, "list").split():
        port = free_port(int(os.environ.get("DEMO_PORT", "8080")))
        subprocess.run([HOST, "up", "demo", "--port", f"{port}:80"], check=True)
    else:
        subprocess.run([HOST, "up", "demo"], check=True)
    return output(HOST, "port", "demo", "80")


def run_site(port: int) -> dict:
    """Run the playbook `site` over SSH, and return the results of its tasks; browsers reach nginx through the port."""
    (STATE / "hosts.yml").write_text(output(HOST, "inventory", "demo") + "\n")
    record = STATE / "record.json"
    record.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "record",
        "RECORD_FILE": str(record),
    }
    places = {"demo_apps": str(ROOT / "tests/demo/apps"), "demo_secrets": str(STATE)}
    (STATE / "places.json").write_text(json.dumps({**places, "gunicorn_proxy_public_ports": [port]}))
    status = subprocess.run([*PLAYBOOK, "wsgiops.gunicorn.site"], cwd=ROOT, env=environment, check=False).returncode
    if status:
        raise SystemExit(f"demo: the playbook failed (exit code {status}). To log in: tests/hosts/host ssh demo")
    return json.loads(record.read_text())


def apps_of(record: dict) -> dict:
    """Return the apps' results: from their role if it ran, else from the task that found nothing to do."""
    results = {task["action"].rpartition(".")[2]: task["result"] for task in record["tasks"]}
    part = results["gunicorn_apps"] if "gunicorn_apps" in results else results["gunicorn_site_info"]["apps"]
    return part["apps"]


def prove(app: str, address: str) -> str:
    """Request a page of an app through nginx, as a browser would."""
    url = f"http://{address}{PROOFS[app]}"
    body = STATE / f"{app}.body"
    written = output("curl", "-sS", "-o", body, "-w", "%{http_code} %{time_total}", "-H", f"Host: {app}.localhost", url)
    status, seconds = written.split()
    if status != "200":
        raise SystemExit(f"demo: {app} answered {status} on {url}: {body.read_text()[:500]}")
    return f"curl -H 'Host: {app}.localhost' {url}  →  {status} in {float(seconds) * 1000:.0f} ms"


def table(apps: dict, address: str) -> None:
    """Print one line for each app, and the reasons for its number of workers."""
    port = address.rsplit(":", 1)[1]
    row = "{:<9} {:<31} {:<22} {:<14} {:>7}"
    print(row.format("app", "URL", "workers", "release", "seconds"))
    for name, app in apps.items():
        for instance in app["instances"].values():
            workers = f"{instance['workers']} {instance.get('worker_class', '')}".strip()
            if instance.get("threads", 1) > 1:
                workers += f", {instance['threads']} threads"
            seconds = app.get("seconds") or 0
            spent = sum(seconds.values()) if isinstance(seconds, dict) else seconds
            print(row.format(name, f"http://{name}.localhost:{port}/", workers, app["release"][:12], f"{spent:.1f}"))
    print()
    for name, app in apps.items():
        for instance in app["instances"].values():
            print(f"{name}:", *instance["reasons"], sep="\n  ")


def main() -> None:
    """The whole demo."""
    started = time.monotonic()
    STATE.mkdir(parents=True, exist_ok=True)
    address = bring_up()
    up = time.monotonic()
    record = run_site(int(address.rsplit(":", 1)[1]))
    done = time.monotonic()
    apps = apps_of(record)
    table(apps, address)
    print()
    for name in apps:
        print(prove(name, address))
    changed = sum(counts["changed"] for counts in record["stats"].values())
    summary = f"{changed} tasks changed something" if changed else "nothing changed"
    print(f"\nTo run other playbooks: {' '.join(PLAYBOOK)} wsgiops.gunicorn.drift")
    print(f"host up: {up - started:.1f} s; site: {done - up:.1f} s, {summary}. To log in: tests/hosts/host ssh demo")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"demo: {' '.join(map(str, error.cmd))} failed")
