# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all scenarios stand on: the host, its apps, deploys, and a client beside them."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from measure import Summary, from_data
from rig import ROOT, TOOL, Host, Result, run_playbook

HERE = Path(__file__).parent
STATE = ROOT / ".cache" / "deploys"
SITE = "wsgiops.gunicorn.site"
APPS = "- hosts: all\n  gather_facts: false\n  roles: [wsgiops.gunicorn.gunicorn_apps]\n"
RATE = 200
LEAD = 1.0
ASGI = ("asgi", "uvicorn-worker")
WORKER_CLASSES = {"uvicorn-worker": "uvicorn_worker.UvicornWorker"}


@dataclass(frozen=True)
class Cut:
    """How much of the table is wanted."""

    short: bool
    deploys: int


@dataclass
class App:
    """An app under test: its declaration, and the directory on the controller that its code comes from."""

    name: str
    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    version: int = 1

    KINDS: ClassVar = ("sync", "gthread", "gevent", "asgi", "uvicorn-worker")

    @property
    def live(self) -> str:
        """What the version that should be live says of itself."""
        return f"{self.name}-{self.version}"

    @property
    def directory(self) -> Path:
        return STATE / "source" / self.name

    def write(self, version: str, extra: str = "") -> None:
        """Put a version of the code into the directory."""
        origin = HERE / "apps" / ("asgi" if self.kind in ASGI else "wsgi") / "web.py"
        code = re.sub(r"^VERSION = .*$", f'VERSION = "{version}"', origin.read_text(), flags=re.M)
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "web.py").write_text(f"{code}{extra}")

    def declaration(self, **changes: Any) -> dict[str, Any]:
        settings = {"worker_class": WORKER_CLASSES.get(self.kind, self.kind), "workers": 2, **self.settings}
        return {
            "app": "web:app",
            "source": {"local": str(self.directory)},
            "server_name": [f"{self.name}.localhost"],
            "proxy": {"client_max_body_size": "20m"},
            "health": {"path": "/healthz"},
            "env": dict(self.env),
            **changes,
            "settings": {**settings, **changes.get("settings", {})},
        }


@dataclass
class Ground:
    """The host, and what is done to it."""

    host: Host

    @cached_property
    def address(self) -> str:
        """Where the client finds nginx."""
        return subprocess.run([TOOL, "ip", self.host.name], check=True, capture_output=True, text=True).stdout.strip()

    def converge(self, apps: Sequence[App]) -> None:
        """The whole host with these apps, before anything is measured."""
        for app in apps:
            app.write(app.live)
        result = run_playbook(SITE, self.host, {"gunicorn_apps": {app.name: app.declaration() for app in apps}}, STATE)
        if result.status:
            raise SystemExit(f"deploys: the host could not be prepared\n{result.output[-4000:]}")

    def deploy(self, app: App, /, **changes: Any) -> Result:
        """A run of the apps role for what is in the app's directory."""
        return run_playbook(APPS, self.host, {"gunicorn_apps": {app.name: app.declaration(**changes)}}, STATE)

    def deploy_next(self, app: App) -> Result:
        """Deploy a new version of good code."""
        app.version += 1
        app.write(app.live)
        return self.deploy(app)

    @contextlib.contextmanager
    def load(self, app: App, **rates: float) -> Iterator[dict[str, Summary]]:
        """A client in a process of its own, which sends before, during and after what happens meanwhile.

        Afterwards the dictionary has what it saw, by load.
        """
        out = STATE / "client.json"
        out.unlink(missing_ok=True)
        loads = [f"{load}={rate}" for load, rate in rates.items()]
        command = [sys.executable, HERE / "client.py", self.address, f"{app.name}.localhost", out, *loads]
        seen: dict[str, Summary] = {}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            if process.stdout.readline().strip() != "sending":
                raise SystemExit("deploys: the client did not start")
            try:
                time.sleep(LEAD)
                yield seen
                time.sleep(LEAD)
            finally:
                process.send_signal(signal.SIGTERM)
                status = process.wait(60)
        if status:
            raise SystemExit(f"deploys: the client ended with exit status {status}")
        seen.update({load: from_data(data) for load, data in json.loads(out.read_text()).items()})

    def put(self, path: str, text: str) -> None:
        """Write a file on the host."""
        command = [TOOL, "exec", self.host.name, "sh", "-c", f"cat > {path}"]
        subprocess.run(command, check=True, text=True, input=text)

    def ask(self, app: App) -> str:
        """Which version answers now, if any."""
        connection = http.client.HTTPConnection(self.address, timeout=5)
        try:
            connection.request("GET", "/", headers={"Host": f"{app.name}.localhost"})
            answer = connection.getresponse()
            return str(json.loads(answer.read())["version"]) if answer.status == 200 else ""
        except (OSError, http.client.HTTPException):
            return ""
        finally:
            connection.close()

    def traces(self, app: App) -> str:
        """What a refused release must leave as it was: `current`, unit files, and which units there are."""
        name = f"gunicorn-{app.name}"
        return self.host.out(
            f"readlink /srv/gunicorn/{app.name}/current; cat /etc/systemd/system/{name}-*; "
            f"ls /run/systemd/system /run/gunicorn/{app.name}; "
            f"systemctl list-units --all --plain --no-legend '{name}-*' | awk '{{print $1, $3}}'"
        )

    @cached_property
    def about(self) -> str:
        """What was measured on, in a line."""
        said = self.host.out(
            ". /etc/os-release; echo $PRETTY_NAME; nproc; systemctl --version | awk 'NR == 1 {print $2}'; "
            "nginx -v 2>&1 | cut -d/ -f2; set -- /srv/gunicorn/*/current/venv; $1/bin/python -m gunicorn --version"
        )
        system, cpus, systemd, nginx, gunicorn = said.splitlines()
        version = gunicorn.split()[-1].rstrip(")")
        where = f"{cpus} CPUs for host, client and controller together"
        return f"{system}, {where}, systemd {systemd}, nginx {nginx}, Gunicorn {version}"


def clean() -> None:
    """Nothing of an earlier run."""
    shutil.rmtree(STATE, ignore_errors=True)
    STATE.mkdir(parents=True)
