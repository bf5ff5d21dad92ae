# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Static files around a deploy: the pages of two releases are open in browsers, each with files of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from helpers import Converge, hello

PROXY = "- hosts: all\n  gather_facts: false\n  roles: [wsgiops.gunicorn.gunicorn_proxy]\n"

ASK = """
import sys, urllib.error, urllib.request
for name in sys.argv[1:]:
    asked = urllib.request.Request("http://127.0.0.1/static/" + name, headers={"Host": "files.localhost"})
    try:
        print(urllib.request.urlopen(asked).read().decode())
    except urllib.error.HTTPError as exc:
        print(exc.code)
"""


def publish(directory: Path, version: str) -> None:
    """A version of the app, with a static file whose name is that of its content, as hashed names are."""
    files = hello(directory, version) / "public"
    files.mkdir(exist_ok=True)
    for file in files.iterdir():
        file.unlink()
    (files / f"{version}.css").write_text(version)
    (files / ".secret").write_text(version)


def test_static_files(converge: Converge, play: Any, tmp_path: Path) -> None:
    """The files of the release before are served as well, and no hidden file of either."""
    host = converge.host
    app = {
        "app": "hello:app",
        "source": {"local": str(tmp_path / "hello")},
        "settings": {"workers": 1},
        "server_name": ["files.localhost"],
        "static": {"/static/": "public"},
    }
    publish(tmp_path, "one")
    converge({"files": app})
    play(PROXY, {"gunicorn_apps": {"files": app}}, on=host)

    def answers(*names: str) -> list[str]:
        host.run(f"cat > /root/static.py <<'END'\n{ASK}\nEND")
        return str(host.out(f"python3 /root/static.py {' '.join(names)}")).split()

    assert answers("one.css", "two.css", ".secret") == ["one", "404", "404"]
    publish(tmp_path, "two")
    converge({"files": app})
    assert answers("one.css", "two.css", ".secret") == ["one", "two", "404"]
    publish(tmp_path, "three")
    converge({"files": app})
    assert answers("one.css", "two.css", "three.css", ".secret") == ["404", "two", "three", "404"]
