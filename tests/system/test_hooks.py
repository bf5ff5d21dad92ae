# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gunicorn's server hooks from a file of the app."""

from __future__ import annotations

from pathlib import Path

from helpers import Converge, ask, hello

GOOD = """
GREETED = []

def post_fork(server, worker):
    GREETED.append(worker)
    server.log.info("%s greeted by its hook", len(GREETED))
"""
WRONG = [
    ("def post_frok(server, worker):\n    pass\n", "Did you mean 'post_fork'?"),
    (f"{GOOD}\nworkers = 4\n", "line 8: 'workers' is a setting, not a hook"),
    (f"{GOOD}\ndef (\n", "not valid Python"),
    (f"{GOOD}\nraise ValueError('no such region')\n", "running the hooks file failed: ValueError: no such region"),
    (f"{GOOD}\nimport os\nos.environ['REGION']\n", "gunicorn_apps.hooked.env"),
    (None, "the source has no file 'ops/gunicorn_hooks.py'"),
]


def test_hooks(converge: Converge, tmp_path: Path) -> None:
    """They run in the workers; a file that is wrong is refused before anything that runs is touched."""
    file = hello(tmp_path) / "ops" / "gunicorn_hooks.py"
    file.parent.mkdir()
    file.write_text(GOOD)
    app = {
        "app": "hello:app",
        "source": {"local": str(tmp_path / "hello")},
        "settings": {"workers": 2},
        "hooks": "ops/gunicorn_hooks.py",
    }
    converge({"hooked": app})
    assert converge({"hooked": app}).changed == 0
    assert converge.host.out("journalctl -u gunicorn-hooked-web.service | grep -c 'greeted by its hook'") == "2"

    for code, said in WRONG:
        hello(tmp_path, "two")
        file.write_text(code) if code else file.unlink()
        message = converge({"hooked": app}, good=False).why("gunicorn_apps")
        assert said in message
        assert str(tmp_path) not in message
    assert ask(converge.host, "hooked")["version"] == "one"
