# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A compromised app cannot reach other apps, the host's services, the metadata service, or its own code's directory."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from helpers import Converge, ask, hello
from rig import Host

ROLES = """
- hosts: all
  gather_facts: false
  roles: [wsgiops.gunicorn.gunicorn_host, wsgiops.gunicorn.gunicorn_apps]
"""
PEEK = {"app": "peek:app", "source": {"local": str(Path(__file__).parent / "apps" / "peek")}}
METADATA = "169.254.169.254"
SECRET = 'two\nlines "and" $more {shared}'
# Like a cloud's: it answers everybody on the host. Whoever connects to it is let in.
LISTENER = f"""
ip address add {METADATA}/32 dev lo
systemd-run -q --unit=metadata python3 -c '
import socket
server = socket.create_server(("0.0.0.0", 80))
while True:
    server.accept()[0].close()
'
"""


def tried(host: Host, app: str, trick: str, argument: str = "") -> Any:
    """What became of a trick of the app."""
    return ask(host, app, path=f"/?{urlencode({trick: argument})}")[trick]


@pytest.fixture(scope="module")
def places(new_host: Callable[..., Host], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A host of its own: with two apps, and a service on the metadata address."""
    from rig import run_playbook

    host = new_host("private")
    host.run(f"mkdir -p /etc/nginx; echo theirs > /etc/nginx/nginx.conf; echo theirs > /var/log/theirs.log\n{LISTENER}")
    directory = tmp_path_factory.mktemp("private")

    def converge(apps: dict[str, Any], good: bool = True) -> Any:
        small = {name: {**app, "settings": {"workers": 1, **app.get("settings", {})}} for name, app in apps.items()}
        done = run_playbook(ROLES, host, {"gunicorn_apps": small}, directory)
        assert (done.status == 0) is good, done.output
        return done

    apps = {
        "victim": {"app": "hello:app", "source": {"local": str(hello(directory))}, "secret_env": {"TOKEN": SECRET}},
        "thief": PEEK,
        "limited": {**PEEK, "egress": {"allow": ["192.0.2.0/24"]}, "bind": "0.0.0.0:8099"},
        "keeper": {**PEEK, "secret_env": {"TOKEN": SECRET}, "secrets_in": "credentials", "build": ['test -n "$TOKEN"']},
        "opened": {
            **PEEK,
            "sandbox": [
                {"directive": name, "value": "", "reason": "the test"}
                for name in ("TemporaryFileSystem", "InaccessiblePaths", "NoExecPaths", "IPAddressDeny")
            ],
        },
    }
    refused = converge(apps, good=False)
    assert "gunicorn_apps.keeper.secrets_in: systemd cannot hand over credentials on this host" in refused.output
    host.run("mount --make-rshared /")  # as on a host
    converge(apps)
    return host, converge, apps


HIDDEN = [
    pytest.param("read", "/srv/gunicorn/victim/current/src/hello.py", id="code of another app"),
    pytest.param("read", "/etc/nginx/nginx.conf", id="nginx"),
    pytest.param("read", "/var/log/theirs.log", id="logs"),
    pytest.param("read", "/etc/systemd/system/gunicorn-victim-web.service", id="units"),
    pytest.param("read", "/run/gunicorn/victim", id="sockets of other apps"),
    pytest.param("read", "/srv/gunicorn/thief/.cache", id="cache of the installer"),
    pytest.param("connect", "/run/dbus/system_bus_socket", id="system bus"),
    pytest.param("connect", "/run/systemd/private", id="systemd itself"),
    pytest.param("connect", f"{METADATA} 80", id="metadata service"),
    pytest.param("execute", "/srv/gunicorn/thief/shared", id="a program in shared"),
    pytest.param("execute", "/tmp", id="a program in tmp"),
    pytest.param("execute", "/var/tmp", id="a program in var tmp"),
    pytest.param("execute", "/dev/shm", id="a program in shared memory"),
    pytest.param("execute", "/run/gunicorn-worker-tmp", id="a program beside the heartbeats"),
    pytest.param("execute", "/run/gunicorn-thief-web", id="a program in the runtime directory"),
]


@pytest.mark.parametrize(("trick", "argument"), HIDDEN)
def test_out_of_reach(places: Any, trick: str, argument: str) -> None:
    host, _converge, _apps = places
    said = tried(host, "thief", trick, argument)
    assert said.split(":")[0] in ("PermissionError", "FileNotFoundError", "TimeoutError", "ConnectionRefusedError"), (
        said
    )


# Kept from the app by its mode, by the mount of heartbeats or by that of the container as well.
OTHERWISE = ("/run/systemd/private", "/run/gunicorn-worker-tmp", "/dev/shm", "/srv/gunicorn/thief/.cache")


@pytest.mark.parametrize(("trick", "argument"), [one for one in HIDDEN if one.values[1] not in OTHERWISE])
def test_within_reach_if_opened(places: Any, trick: str, argument: str) -> None:
    """Each thing is there, and the switches open it: without that, the test above would prove nothing."""
    host, _converge, _apps = places
    said = tried(host, "opened", trick, argument.replace("thief", "opened"))
    assert not str(said).split(":", maxsplit=1)[0].endswith("Error"), said


def test_nothing_else_of_the_apps_is_there(places: Any) -> None:
    host, _converge, _apps = places
    assert tried(host, "thief", "read", "/srv/gunicorn") == ["thief"]
    assert tried(host, "thief", "connect", "127.0.0.1 80") == "connected", "everything else is within reach"
    assert tried(host, "thief", "connect", "/run/systemd/journal/dev-log").startswith("OSError: [Errno 91]"), (
        "datagrams"
    )


def test_heartbeats_of_other_apps(places: Any) -> None:
    """One app fills its directory; workers of the other are replaced, and both still serve."""
    host, _converge, _apps = places
    assert 0 < tried(host, "thief", "fill", "/run/gunicorn-worker-tmp") < 20_000
    master = "systemctl show -P MainPID gunicorn-victim-web"
    before = host.out(master)
    for _worker in range(2):
        old = ask(host, "victim")["pid"]
        host.run(f"kill -KILL {old}")
        assert ask(host, "victim")["pid"] != old
    assert host.out(master) == before, "the master could make the new worker's heartbeat file"
    assert host.out("ls /run/gunicorn-worker-tmp") == "", "nothing of it is in the host's directory"
    host.run("systemctl restart gunicorn-thief-web")
    assert ask(host, "thief")["version"] == "one"


def test_egress(places: Any) -> None:
    """Only the list and loopback; requests from elsewhere are answered nevertheless."""
    host, _converge, _apps = places
    own = host.out("hostname -I").split()[0]
    fetch = "import json, sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=20).read().decode())"

    def limited(place: str) -> str:
        address = f"http://{own}:8099/?{urlencode({'connect': place})}"
        return str(json.loads(host.out(f"python3 -c '{fetch}' '{address}'"))["connect"])

    assert limited("127.0.0.1 80") == "connected"
    assert limited(f"{METADATA} 80").startswith("TimeoutError")
    gateway = host.out("ip route show default | cut -d' ' -f3")
    assert limited(f"{gateway} 9").startswith("TimeoutError"), "without the filter the gateway would refuse at once"


def test_credentials(places: Any) -> None:
    """Byte for byte in files that only the service can read; not in its environment, nor in any other file."""
    host, _converge, _apps = places
    value = SECRET.replace("{shared}", "/srv/gunicorn/keeper/shared")
    assert tried(host, "keeper", "secret", "TOKEN") == value
    assert "TOKEN" not in tried(host, "keeper", "variables")
    assert value not in json.dumps(tried(host, "keeper", "variables"))
    stored = host.out("stat -c '%a %U %n' /srv/gunicorn/keeper/current/credentials/*").split()
    assert stored[:2] == ["600", "root"]
    assert "TOKEN" not in host.out("cat /srv/gunicorn/keeper/current/env")
    for app in ("thief", "opened"):
        said = tried(host, app, "read", "/run/credentials/gunicorn-keeper-web.service/TOKEN")
        assert said.split(":")[0] in ("PermissionError", "FileNotFoundError"), said


def test_limits(places: Any) -> None:
    host, _converge, _apps = places
    shown = host.out("systemctl show -p LimitCORE -p MemoryMax -p TasksMax gunicorn-thief-web")
    found = dict(line.split("=") for line in shown.splitlines())
    total = int(host.out("grep MemTotal /proc/meminfo").split()[1]) * 1024
    assert (found["LimitCORE"], int(found["MemoryMax"]) < total) == ("0", True)
    if "pids" in host.out("cat /sys/fs/cgroup/cgroup.controllers").split():
        assert found["TasksMax"] == "2048"


def test_second_run(places: Any) -> None:
    _host, converge, apps = places
    assert converge(apps).changed == 0


SOURCE = {"app": "wsgi:app", "source": {"packages": ["httpbin"]}}
ACCOUNTS = {
    "toor": ("useradd -o -u 0 -M toor", "has the uid 0, and is root under another name"),
    "friend": ("useradd -M -G www-data friend", "may open the sockets of all apps"),
    "ops": ("useradd -M -G sudo ops", "is in the group 'sudo'"),
    "games": ("id games", "is one of the system's own"),
}


def test_account(converge: Converge) -> None:
    """Refused before anything of the app is there; other apps go on."""
    for make, _said in ACCOUNTS.values():
        converge.host.run(make)
    refused = converge({f"as_{user}": {**SOURCE, "user": user} for user in ACCOUNTS}, good=False)
    text = refused.output.replace("\n", " ")
    for user, (_make, said) in ACCOUNTS.items():
        assert f"gunicorn_apps.as_{user}.user: '{user}' cannot be the service user" in text
        assert said in text
    assert converge.host.out("ls -d /srv/gunicorn/as_* /etc/systemd/system/gunicorn-as_* 2>/dev/null; true") == ""


UNSAFE = [
    pytest.param("worker", {"instances": {"tmp": {}}}, "holds the heartbeats of all apps", id="heartbeats of all"),
    pytest.param("a", {"systemd": {"Service": {"Nice": "5\\"}}}, "ends with a backslash", id="backslash"),
    pytest.param("a", {"systemd": {"Service": {"Nice": "5\rUser=root"}}}, "a control character", id="carriage return"),
    pytest.param(
        "a",
        {"sandbox": [{"directive": "UMask", "value": "0000", "reason": "x"}]},
        "writable for every user of the host",
        id="umask",
    ),
    pytest.param("a", {"user": "www-data"}, "the account of a web server", id="account of the proxy"),
    pytest.param("a", {"egress": {"allow": ["0.0.0.0/0"]}}, "is every address", id="egress to everywhere"),
]


@pytest.mark.parametrize(("name", "options", "said"), UNSAFE)
def test_unsafe_declaration(converge: Converge, name: str, options: dict[str, Any], said: str) -> None:
    refused = converge({name: {**SOURCE, **options}}, good=False)
    text = refused.output.replace("\n", " ")
    assert said in text
    assert f"gunicorn_apps.{name}" in text
    assert converge.host.out(f"ls -d /srv/gunicorn/{name} 2>/dev/null; true") == ""
