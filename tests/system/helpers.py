# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the apps role share: a prepared host, a small app, and questions to it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HELLO = Path(__file__).parent / "apps" / "hello"
APPS = "- hosts: all\n  gather_facts: false\n  roles: [wsgiops.gunicorn.gunicorn_apps]\n"
ASK = """
import http.client, socket, sys
connection = http.client.HTTPConnection("localhost", timeout=10)
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.connect(sys.argv[1])
connection.request("GET", sys.argv[2], headers={"Host": "localhost"})
print(connection.getresponse().read().decode())
"""


@dataclass(frozen=True)
class Converge:
    """Run the apps role on the host."""

    play: Callable[..., Any]
    host: Any

    def __call__(self, apps: Mapping[str, Any], **options: Any) -> Any:
        variables = {"gunicorn_apps": {name: small(app) for name, app in apps.items()}, **options.pop("variables", {})}
        return self.play(APPS, variables, on=self.host, **options)


def small(app: Mapping[str, Any]) -> dict[str, Any]:
    """With two workers, unless it says how many: more prove no more, and each of them boots three times in a deploy."""
    return {**app, "settings": {"workers": 2, **app.get("settings", {})}}


def ask(host: Any, app: str, instance: str = "web", path: str = "/") -> dict[str, Any]:
    """Ask the hello app over its own socket."""
    host.run(f"test -f /root/ask.py || cat > /root/ask.py <<'END'\n{ASK}\nEND")
    return dict(json.loads(host.out(f"python3 /root/ask.py /run/gunicorn/{app}/{instance}.sock {path}")))


def hello(directory: Path, version: str = "one", extra: str = "") -> Path:
    """A copy of the hello app with another version and more code."""
    target = directory / "hello"
    if not target.exists():
        shutil.copytree(HELLO, target)
    code = (HELLO / "hello.py").read_text().replace('VERSION = "one"', f'VERSION = "{version}"')
    (target / "hello.py").write_text(f"{code}\n{extra}\n")
    return target
