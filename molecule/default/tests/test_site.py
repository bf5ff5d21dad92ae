# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection promises of a host, seen from the host itself, before and after a reboot."""

from __future__ import annotations

import json
import re

import pytest

APPS = ["httpbin", "shop", "feed"]
PAGES = {"httpbin": "/get", "shop": "/", "feed": "/items"}


def get(host, app, path, *options):
    """Ask nginx for a page of an app; return (status, body)."""
    code = (
        "import http.client, sys\n"
        "connection = http.client.HTTPConnection('127.0.0.1', 80, timeout=20)\n"
        "headers = {'Host': sys.argv[1], **dict(pair.split('=', 1) for pair in sys.argv[3:])}\n"
        "connection.request('GET', sys.argv[2], headers=headers)\n"
        "answer = connection.getresponse()\n"
        "print(answer.status)\n"
        "sys.stdout.write(answer.read().decode())\n"
    )
    said = host.run("/usr/bin/python3 -c %s %s %s" + " %s" * len(options), code, f"{app}.localhost", path, *options)
    assert said.rc == 0, said.stderr
    status, _newline, body = said.stdout.partition("\n")
    return int(status), body


def show(host, unit, *properties):
    """Return properties of a unit."""
    said = host.check_output("systemctl show %s --property %s", unit, ",".join(properties))
    return dict(line.split("=", 1) for line in said.splitlines())


def master_of(host, app):
    """Return the process id of an app's Gunicorn."""
    return int(show(host, f"gunicorn-{app}-web.service", "MainPID")["MainPID"])


@pytest.mark.parametrize("app", APPS)
def test_app_answers_through_nginx(host, app):
    status, body = get(host, app, PAGES[app])
    assert status == 200, body


def test_unknown_host_name_is_not_served(host):
    code = "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1/', headers={'Host': 'x.test'}))"
    assert host.run("/usr/bin/python3 -c %s", code).rc != 0


def test_app_sees_the_clients_host_and_scheme(host):
    _status, body = get(host, "httpbin", "/headers", "X-Forwarded-Proto=gopher", "X-Forwarded-For=192.0.2.66")
    headers = json.loads(body)["headers"]
    assert headers["Host"] == "httpbin.localhost"
    assert headers.get("X-Forwarded-Proto", "http") == "http"
    assert "192.0.2.66" not in headers.get("X-Forwarded-For", "")


def test_visits_are_counted_in_the_database(host):
    counts = [int(re.search(r"visited (\d+) time", get(host, "shop", "/")[1]).group(1)) for _visit in range(3)]
    assert counts == list(range(counts[0], counts[0] + 3))


def test_static_files_come_from_nginx(host):
    status, body = get(host, "shop", "/static/visits/shop.css")
    assert status == 200
    assert "font-family" in body


def test_stream_is_complete(host):
    status, body = get(host, "feed", "/events?count=3&pause=0.1")
    assert status == 200
    assert body.count("data: ") == 3


@pytest.mark.parametrize("app", APPS)
def test_units_are_active_and_enabled(host, app):
    socket, service = host.service(f"gunicorn-{app}-web.socket"), host.service(f"gunicorn-{app}-web.service")
    assert socket.is_running and socket.is_enabled
    assert service.is_running and service.is_enabled


def test_nothing_of_systemd_failed(host):
    assert host.check_output("systemctl --failed --no-legend --plain") == ""


@pytest.mark.parametrize("app", APPS)
def test_socket_is_for_nginx_only(host, app):
    socket = host.file(f"/run/gunicorn/{app}/web.sock")
    assert socket.is_socket
    assert socket.mode == 0o660
    assert host.run("su -s /bin/sh www-data -c %s", f"test -w /run/gunicorn/{app}/web.sock").rc == 0
    assert host.run("su -s /bin/sh nobody -c %s", f"test -w /run/gunicorn/{app}/web.sock").rc != 0


@pytest.mark.parametrize("app", APPS)
def test_workers_are_unprivileged_and_of_the_apps_own_user(host, app):
    master = str(master_of(host, app))
    users = host.check_output("ps -o user= -p %s --ppid %s", master, master).split()
    assert len(users) >= 2
    assert len(set(users)) == 1
    assert "root" not in users and "www-data" not in users


@pytest.mark.parametrize("app", APPS)
def test_sandbox_is_tight(host, app):
    said = host.check_output("systemd-analyze security --no-pager %s", f"gunicorn-{app}-web.service")
    exposure = float(re.search(r"Overall exposure level for .*?: ([\d.]+)", said).group(1))
    assert exposure <= 1.2, said


def test_secrets_are_not_readable_by_others(host):
    environment = f"/proc/{master_of(host, 'shop')}/environ"
    key = host.check_output("tr '\\0' '\\n' <%s | sed -n 's/^SECRET_KEY=//p'", environment)
    assert len(key) == 50
    found = host.run("grep -rlF --exclude-dir=proc -- %s /etc /srv /var/log /run/systemd", key).stdout.split()
    for path in found:
        assert host.file(path).mode & 0o077 == 0, f"{path} gives the secret away"
    assert found, "the secret is nowhere, so this test looks at the wrong places"
    assert key not in host.check_output("systemctl show 'gunicorn-*' --all --no-pager")
    assert key not in host.run("journalctl --no-pager -o cat").stdout


@pytest.mark.parametrize("app", APPS)
def test_worker_tmp_dir_is_a_tmpfs(host, app):
    workers = host.check_output("ps -o pid= --ppid %s", str(master_of(host, app))).split()
    seen = host.check_output("stat -f -L -c %%T %s", "/run/gunicorn-worker-tmp")
    assert seen == "tmpfs"
    for worker in workers:
        links = host.check_output("ls -l /proc/%s/fd", worker)
        assert "/run/gunicorn-worker-tmp/wgunicorn-" in links, links


@pytest.mark.parametrize(
    ("key", "least"), [("net.core.somaxconn", 4096), ("net.ipv4.tcp_max_syn_backlog", 8192), ("fs.file-max", 65535)]
)
def test_kernel_settings_are_live(host, key, least):
    assert int(host.check_output("sysctl -n %s", key)) >= least


@pytest.mark.parametrize("app", APPS)
def test_number_of_workers_is_the_declared_one(host, app):
    config = host.check_output("cat /srv/gunicorn/%s/current/gunicorn-web.conf.py", app)
    declared = int(re.search(r"^workers\s*=\s*(\d+)", config, re.M).group(1))
    assert len(host.check_output("ps -o pid= --ppid %s", str(master_of(host, app))).split()) == declared


def test_nginx_accepts_its_configuration(host):
    said = host.run("nginx -t")
    assert said.rc == 0, said.stderr
    assert "[warn]" not in said.stderr
    assert host.service("nginx").is_running and host.service("nginx").is_enabled
