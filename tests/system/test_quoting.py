# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is declared arrives in the running process exactly, or is refused before anything changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.environment import REFUSED, check_environment
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from helpers import Converge, hello
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

NUMBER = 260  # of values in each deploy; with three deploys, of which the first has only empty ones, more than 500
NASTY = "\"'`$\\%{}[]()<>|&;#!*?~=,:@^ \t\n\r\0"
TEXT = st.text(st.characters() | st.sampled_from(NASTY), max_size=40) | st.sampled_from(
    [
        "$(touch /tmp/reached)",
        "`touch /tmp/reached`",
        "'; touch /tmp/reached; '",
        '"; touch /tmp/reached; "',
        "%n %i %% %(h)s",
        "$HOME ${HOME} $$",
        "{{ 7 * 7 }} {% raw %} {# no #}",
        "{src} {shared} {venv} {other}",
        "a\nB=c\n[Service]\nExecStart=/bin/touch /tmp/reached",
        '\'"""\nimport os\nos.mkdir(\'/tmp/reached\')\n"""\'',
        "\\\n\\",
        " leading and trailing ",
        "\u2028\u0085\ufeff\u202e\U0001f40d",
        "",
    ]
)
SETTINGS = ("proc_name", "access_log_format", "syslog_prefix", "statsd_prefix", "raw_paste_global_conf")
# What Gunicorn itself holds, and the environment that it was given.
HOOKS = f"""
import json
import os


def on_starting(server):
    names = {SETTINGS}
    with open(os.environ["VIEW"], "w") as stream:
        json.dump({{name: server.cfg.settings[name].get() for name in names}}, stream)
"""


LISTING = "ls -l --time-style=full-iso /srv/gunicorn /etc/systemd/system 2>&1 || true"


def unsafe(value: Any) -> Any:
    """As data: Ansible takes a text with braces for a template otherwise, wherever it comes from."""
    return {"__ansible_unsafe": value} if isinstance(value, str) else [unsafe(item) for item in value]


def stripped(value: Any) -> Any:
    """Gunicorn itself takes white space away from both ends."""
    return value.strip() if isinstance(value, str) else [item.strip() for item in value]


def accepted(value: str) -> bool:
    try:
        check_environment("env", {"X": value})
    except InputError:
        return False
    return True


@given(
    st.lists(TEXT, min_size=NUMBER, max_size=NUMBER),
    st.lists(TEXT.filter(lambda text: "\0" not in text), min_size=5, max_size=5),
    st.text(min_size=1).filter(lambda name: not name.isidentifier() or not name.isascii()),
)
@settings(
    max_examples=3,
    phases=[Phase.generate],
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.usefixtures("converge")
def test_every_text(converge: Converge, tmp_path: Path, values: list[str], texts: list[str], name: str) -> None:
    """Compared with /proc/PID/environ and with what Gunicorn holds; nothing of it ever reached a shell."""
    host = converge.host
    given_values = {f"V{number}": value for number, value in enumerate(values)}
    refused = [name for name, value in given_values.items() if not accepted(value)]
    source = hello(tmp_path)
    (source / "hooks.py").write_text(HOOKS)
    declared = {**dict(zip(SETTINGS, texts)), "raw_paste_global_conf": [texts[-1].replace("\0", "")]}
    app = {
        "app": "hello:app",
        "source": {"local": str(source)},
        "hooks": "hooks.py",
        "settings": {"workers": 1, **{key: unsafe(value) for key, value in declared.items()}},
    }
    env = {"VIEW": "{shared}/view.json"}

    for bad in ({name: "1"}, {one: unsafe(given_values[one]) for one in refused[:1]}):
        if bad:
            before = host.out(LISTING)
            said = converge({"quoted": {**app, "env": {**env, **bad}}}, good=False).why("gunicorn_apps")
            assert "gunicorn_apps.quoted.env." in said
            assert host.out(LISTING) == before

    fine = {name: value for name, value in given_values.items() if name not in refused and name not in REFUSED}
    wanted = {
        name: value for name, value in fine.items() if not any(f"{{{p}}}" in value for p in ("src", "shared", "venv"))
    }
    assert len(wanted) > NUMBER / 4
    converge({"quoted": {**app, "env": {**env, **{key: unsafe(value) for key, value in wanted.items()}}}})
    pid = host.out("systemctl show -p MainPID --value gunicorn-quoted-web")
    raw = bytes.fromhex(host.out(f"od -An -v -tx1 /proc/{pid}/environ | tr -d ' \\n'"))
    environ = dict(pair.decode().partition("=")[::2] for pair in raw.split(b"\0") if pair)
    assert {key: environ.get(key) for key in wanted} == wanted
    view = json.loads(host.out("cat /srv/gunicorn/quoted/shared/view.json"))
    assert view == {key: stripped(value) for key, value in declared.items()}
    assert host.out("ls -d /tmp/reached /tmp/systemd-private-*/tmp/reached 2>/dev/null | wc -l") == "0"
