# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets arrive exactly, and show nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from helpers import Converge, ask, hello

MARK = "n0t-to-be-seen"
SECRET = f'p4ss"w`o$rd \\ 100% {{other}} é\n{MARK}'


def test_secret(converge: Converge, tmp_path: Path) -> None:
    """Not in output at the highest verbosity, nor in units, process lists, the journal or files that others read."""
    host = converge.host
    app = {
        "app": "hello:app",
        "source": {"local": str(hello(tmp_path))},
        "env": {"GREETING": 'it\'s "fine" $HOME %n \\t'},
        "secret_env": {"TOKEN": SECRET, "ONE": "1"},
    }
    done = converge({"secretive": app}, diff=True, verbosity=4)
    said = ask(host, "secretive")
    assert said["token"] == SECRET
    assert said["greeting"] == app["env"]["GREETING"]
    assert MARK not in done.output
    assert "********" not in done.of("gunicorn_apps")["changes"][0]
    found = host.out(f"grep -rlF {MARK} /srv/gunicorn /etc/systemd /run/systemd /var/log 2>/dev/null; true").split()
    assert [path.rpartition("/")[2] for path in found if "journal" not in path] == ["env"]
    assert host.out(f"stat -c '%a %U' {found[0]}") == "600 root"
    assert host.out(f"journalctl --no-pager | grep -cF {MARK} || true") == "0"
    unlike_itself = f"{MARK[:-1]}[{MARK[-1]}]"
    assert host.out(f"cat /proc/[0-9]*/cmdline | tr '\\0' '\\n' | grep -c '{unlike_itself}' || true") == "0"

    changed = converge({"secretive": {**app, "secret_env": {"TOKEN": "another one"}}}, diff=True, verbosity=4)
    assert ask(host, "secretive")["token"] == "another one"
    assert "another one" not in changed.output
    failing = {**app, "secret_env": {"TOKEN": "shown-in-a-traceback"}}
    hello(tmp_path, "two", "raise RuntimeError(os.environ['TOKEN'])")
    refused = converge({"secretive": failing}, good=False, verbosity=4)
    assert "shown-in-a-traceback" not in refused.output
    assert "RuntimeError" in refused.why("gunicorn_apps")


def test_secret_in_a_rollback_that_fails(converge: Converge, play: Any, tmp_path: Path) -> None:
    """The release of last week no longer boots, and its traceback has its secret."""
    host = converge.host
    code = "if os.path.exists('/srv/broken-by-now'):\n    raise RuntimeError(os.environ['TOKEN'])"
    source = {"local": str(hello(tmp_path, "one", code))}
    app = {"app": "hello:app", "source": source, "secret_env": {"TOKEN": "shown-by-the-journal"}}
    converge({"confides": app})
    hello(tmp_path, "two")
    converge({"confides": {**app, "secret_env": {"TOKEN": "of another release"}}})
    host.run("touch /srv/broken-by-now")
    refused = play("wsgiops.gunicorn.rollback", {"app": "confides"}, on=host, good=False, verbosity=4)
    host.run("rm /srv/broken-by-now")
    assert "RuntimeError" in refused.of("gunicorn_release")["msg"]
    assert "shown-by-the-journal" not in refused.output
    assert ask(host, "confides")["version"] == "two"
