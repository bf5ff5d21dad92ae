# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Gunicorn would accept silently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from helpers import Converge, ask, hello

CHECK = """
- hosts: all
  gather_facts: false
  tasks:
    - wsgiops.gunicorn.gunicorn_settings_check: "{{ asked }}"
"""
CONFIG = """
import multiprocessing
workers = multiprocessing.cpu_count() * 2 + 1
keep_alive = 5
max_request = 1000
threads = 4
worker_class = "gevent"
our_own_number = 7
print("said while it ran")

def post_fork(server, worker):
    pass
"""


def test_findings(converge: Converge, tmp_path: Path) -> None:
    """Told when the app changes; in the result always."""
    settings = {"worker_class": "sync", "workers": "n", "keepalive": 5, "max_requests": 1000}
    app = {"app": "hello:app", "source": {"local": str(hello(tmp_path))}, "settings": settings}
    for check in (True, False):
        done = converge({"told": app}, check=check)
        assert "gunicorn_apps.told.settings.keepalive: does nothing" in done.output.replace("\n", " ")
    again = converge({"told": app})
    assert again.changed == 0
    assert "[WARNING]" not in again.output
    (finding,) = again.of("gunicorn_apps")["apps"]["told"]["findings"]
    assert (finding["severity"], finding["subject"]) == ("warning", "gunicorn_apps.told.settings.keepalive")
    assert "\nmax_requests_jitter = 100\n" in converge.host.out("cat /srv/gunicorn/told/current/gunicorn-web.conf.py")
    about = again.of("gunicorn_apps")["apps"]["told"]["instances"]["web"]
    assert about["workers"] == int(converge.host.out("nproc"))
    assert about["reasons"][1].startswith(f"workers {about['workers']}: n, declared in settings, gives")
    assert ask(converge.host, "told")["version"] == "one"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"certfile": "/etc/ssl/gone.pem"}, "settings.certfile: '/etc/ssl/gone.pem': no such file"),
        (
            {"certfile": "/etc/ssl/cert.pem", "keyfile": "/etc/ssl/own.key"},
            "keyfile: '/etc/ssl/own.key': the service is not allowed",
        ),
        ({"errorlog": "/var/log/gone/error.log"}, "settings.errorlog: '/var/log/gone': no such"),
        ({"accesslog": "/var/log/access.log"}, "settings.accesslog: '/var/log': it is not writable"),
        ({"tmp_upload_dir": "/srv/gunicorn"}, "settings.tmp_upload_dir: '/srv/gunicorn': it is not writable"),
    ],
)
def test_file_that_the_service_cannot_use(
    converge: Converge, tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    """Found in the service's place, with its rights: root could read all of them."""
    host = converge.host
    host.run("touch /etc/ssl/cert.pem; install -m 600 /dev/null /etc/ssl/own.key")
    app = {"app": "hello:app", "source": {"local": str(hello(tmp_path))}, "settings": settings}
    assert said in converge({"files": app}, good=False).why("gunicorn_apps")
    assert host.out("ls /etc/systemd/system | grep -c gunicorn-files || true") == "0"


def test_workers_that_fit(converge: Converge, tmp_path: Path) -> None:
    """What the import took decides, in one deploy; a second run changes nothing, and a leaner version gets more."""
    source = hello(tmp_path, "large", extra="HELD = bytearray(300 * 1024**2)")
    app = {"app": "hello:app", "source": {"local": str(source)}, "profile": "mixed", "memory_budget": "1G"}

    def run() -> Any:
        return converge({"held": {**app, "settings": {"workers": "2n+1"}}})

    first = run().of("gunicorn_apps")["apps"]["held"]
    assert first["instances"]["web"]["workers"] == 2
    assert "measured when the app was imported" in " ".join(first["instances"]["web"]["reasons"])
    checks = [step["verdict"] for step in first["steps"] if step["step"] == "check"]
    assert checks[0] == "a different worker count fits; retrying with it"
    assert checks[1].endswith("MiB, as before")
    assert converge.host.out("ls /srv/gunicorn/held/releases | wc -l") == "1"
    pid = converge.host.out("systemctl show -p MainPID --value gunicorn-held-web")
    assert converge.host.out(f"pgrep -c -P {pid}") == "2"
    assert run().changed == 0

    hello(tmp_path, "lean")
    naive = 2 * int(converge.host.out("nproc")) + 1
    assert run().of("gunicorn_apps")["apps"]["held"]["instances"]["web"]["workers"] == naive
    assert run().changed == 0


def test_setting_of_another_version(converge: Converge, tmp_path: Path) -> None:
    """The version that has it is named, and nothing is left that runs."""
    app = {
        "app": "hello:app",
        "source": {"local": str(hello(tmp_path))},
        "gunicorn_version": "23.0.0",
        "instances": {"web": {"settings": {"http_parser": "fast"}}},
    }
    refused = converge({"early": app}, good=False).why("gunicorn_apps")
    assert "gunicorn_apps.early.instances.web.settings.http_parser" in refused
    assert "It was added in Gunicorn 25.3" in refused


def test_check_of_a_deployed_app(converge: Converge, play: Any, tmp_path: Path) -> None:
    """The declared settings of the current release."""
    app = {
        "app": "hello:app",
        "source": {"local": str(hello(tmp_path))},
        "instances": {"web": {}, "slow": {"settings": {"worker_class": "gevent", "threads": 2}, "routes": ["/slow/"]}},
    }
    converge({"asked": app})
    done = play(CHECK, {"asked": {"app": "asked"}}).of("gunicorn_settings_check")
    assert [(one["instance"], one["severity"], one["subject"]) for one in done["findings"]] == [
        ("slow", "warning", "threads")
    ]
    unknown = play(CHECK, {"asked": {"app": "askt"}}, good=False).of("gunicorn_settings_check")
    assert "Did you mean 'asked'?" in unknown["msg"]


def test_check_of_a_file(converge: Converge, play: Any, tmp_path: Path) -> None:
    """A file that somebody else maintains, for a Gunicorn that somebody else installed."""
    host = converge.host
    converge({"lends": {"app": "hello:app", "source": {"local": str(hello(tmp_path))}, "settings": {"workers": 1}}})
    python = host.out("readlink -f /srv/gunicorn/lends/current/venv") + "/bin/python"
    host.run(f"mkdir -p /opt/conf && cat > /opt/conf/gunicorn.conf.py <<'END'\n{CONFIG}\nEND")
    asked = {"python": python, "config": "/opt/conf/gunicorn.conf.py"}
    refused = play(CHECK, {"asked": asked}, good=False).of("gunicorn_settings_check")
    assert "worker_class" in refused["msg"]  # gevent is not installed there
    host.run("sed -i /worker_class/d /opt/conf/gunicorn.conf.py")
    found = play(CHECK, {"asked": asked}).of("gunicorn_settings_check")["findings"]
    assert {one["subject"]: one["fix"] for one in found} == {
        "threads": "Set `worker_class: gthread`, or leave `threads` out.",
        "keep_alive": "Did you mean 'keepalive'?",
        "max_request": "Did you mean 'max_requests'?",
    }
    host.run("echo 'raise ValueError(\"no such region\")' >> /opt/conf/gunicorn.conf.py")
    broken = play(CHECK, {"asked": asked}, good=False).of("gunicorn_settings_check")
    assert "no such region" in broken["msg"]
    wrong = {"python": python, "settings": {"workers": 0, "time_out": 5, "loglevel": "loud", "bind": "x:y:z"}}
    said = play(CHECK, {"asked": wrong}, good=False).of("gunicorn_settings_check")["msg"]
    for part in ("time_out: Gunicorn", "Did you mean 'timeout'?", "loglevel: 'loud' is not a log level"):
        assert part in said
    assert host.out("ls -d /run/gunicorn-settings-check 2>/dev/null || true") == ""


def test_explain(converge: Converge, play: Any, tmp_path: Path) -> None:
    """Every number with its reason, on a host that has nothing of the app and gets nothing of it."""
    app = {
        "app": "hello:app",
        "source": {"local": str(hello(tmp_path))},
        "profile": "io",
        "settings": {"timeout": 60, "graceful_timeout": 20},
    }
    done = play("wsgiops.gunicorn.explain", {"gunicorn_apps": {"unseen": app}})
    lines = done.of("gunicorn_apps")["apps"]["unseen"]["explained"]
    assert [line.split()[1] for line in lines[:3]] == ["worker_class", "workers", "threads"]
    assert "profile io gives 2 × CPUs + 1" in lines[1]
    assert any("a deploy cuts off requests" in line for line in lines)
    assert lines[0] in done.output
    assert converge.host.out("ls /srv/gunicorn | grep -c unseen || true") == "0"
