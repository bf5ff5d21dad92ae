# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service sees of the host's file system."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.private_view import (
    HEARTBEATS,
    add_lists,
    is_dedicated,
    named_paths,
    private_view,
    without_covered,
)

HOME, SHARED, OWN = "/srv/gunicorn/shop", "/srv/gunicorn/shop/shared", "/run/gunicorn-worker-tmp"


def view(worker_tmp_dir: str = OWN, systemd: int = 252, others: tuple[Any, ...] = (), **service: Any) -> dict[str, Any]:
    return private_view(HOME, SHARED, worker_tmp_dir, service, named_paths(service, others), systemd)


def test_default() -> None:
    found = view()
    assert found["TemporaryFileSystem"] == ["/srv/gunicorn:ro", f"{OWN}:{HEARTBEATS}"]
    assert found["BindReadOnlyPaths"] == [HOME]
    assert found["ReadWritePaths"] == [SHARED]
    assert found["NoExecPaths"] == [SHARED, "-/tmp", "-/var/tmp", "-/dev/shm", "-%t/%N"]
    hidden = set(found["InaccessiblePaths"])
    assert {"-/run/gunicorn", "-/run/dbus", "-/etc/nginx", "-/var/log", f"-{HOME}/.cache"} <= hidden
    assert "BindPaths" not in found
    assert "ExecPaths" not in found


def test_what_the_service_needs_is_not_hidden() -> None:
    """systemd's notification socket, the journal, the resolver, and sockets of databases."""
    hidden = [path.lstrip("-") for path in view()["InaccessiblePaths"]]
    for needed in (
        "/run/systemd/notify",
        "/run/systemd/journal/dev-log",
        "/run/systemd/journal/socket",
        "/run/systemd/resolve/stub-resolv.conf",
        "/run/postgresql/.s.PGSQL.5432",
        "/run/gunicorn-shop-web/control.sock",
        "/run/gunicorn-shop-web-check/report.json",
        "/etc/ssl/certs/ca-certificates.crt",
        "/srv/gunicorn/shop/releases/r/gunicorn-web.conf.py",
        "/srv/gunicorn/shop/.stage/import_probe.py",
    ):
        assert not [path for path in hidden if needed.startswith(f"{path}/")], needed


@pytest.mark.parametrize(
    "directory", ["/dev/shm", "/tmp", "/run", "/srv/gunicorn/shop/shared", "/srv/gunicorn/shop/shared/tmp", "/srv"]
)
def test_directory_with_other_contents_is_not_covered(directory: str) -> None:
    found = view(directory)
    assert not is_dedicated(directory, HOME)
    assert found["TemporaryFileSystem"] == ["/srv/gunicorn:ro"]
    assert directory in found["ReadWritePaths"]
    assert directory in found["NoExecPaths"]


@pytest.mark.parametrize(
    ("service", "others", "seen", "hidden"),
    [
        pytest.param({"LogsDirectory": "shop"}, (), "/var/log", "/etc/nginx", id="logs"),
        pytest.param({"ReadWritePaths": ["-/var/log/shop"]}, (), "/var/log", "/etc/nginx", id="with a prefix"),
        pytest.param({"BindReadOnlyPaths": "/var/log:/logs"}, (), "/var/log", "/run/dbus", id="source of a bind mount"),
        pytest.param({}, ("/etc/ssl/private/shop.key",), "/etc/ssl/private", "/var/log", id="key of a setting"),
        pytest.param({"ReadOnlyPaths": "/etc /run/dbus"}, (), "/run/dbus", "/etc/nginx", id="two in one value"),
        pytest.param({}, (5, None, ["/var/log"], "relative/var/log"), "/none", "/var/log", id="what is no path"),
        pytest.param({}, ("/var/log/a b", "/var/log/%n"), "/none", "/var/log", id="what systemd would read otherwise"),
    ],
)
def test_named_paths_are_not_hidden(service: dict[str, Any], others: tuple[Any, ...], seen: str, hidden: str) -> None:
    found = view(others=others, **service)["InaccessiblePaths"]
    assert f"-{seen}" not in found
    assert f"-{hidden}" in found


def test_named_paths_of_other_apps_stay_visible() -> None:
    """The declaration names them, so the operator wants them to be shared."""
    found = view(
        ReadWritePaths=["/srv/gunicorn/desk/shared/spool", "/var/spool/shop"],
        ReadOnlyPaths="/srv/gunicorn/desk/shared/in",
        others=("/srv/gunicorn/legacy/src",),
    )
    assert found["BindPaths"] == ["-/srv/gunicorn/desk/shared/spool"]
    assert found["BindReadOnlyPaths"] == [HOME, "-/srv/gunicorn/desk/shared/in", "-/srv/gunicorn/legacy/src"]


def test_code_that_the_declaration_has_in_a_writable_directory_can_run() -> None:
    assert view(others=(f"{SHARED}/venv",))["ExecPaths"] == [f"{SHARED}/venv"]


def test_before_no_exec_paths() -> None:
    assert not {"NoExecPaths", "ExecPaths"} & set(view(systemd=247))


@pytest.mark.parametrize(
    ("own", "added", "expected"),
    [
        pytest.param(["/a"], "/b", ["/a", "/b"], id="one"),
        pytest.param(["/a"], ["/a", "/b"], ["/a", "/b"], id="each once"),
        pytest.param(["/a"], "", ["/a", ""], id="a reset"),
        pytest.param("", "/b", ["", "/b"], id="to an opened switch"),
    ],
)
def test_lists_are_added(own: Any, added: Any, expected: list[Any]) -> None:
    assert add_lists(own, added) == expected


@pytest.mark.parametrize(
    ("value", "worker_tmp_dir", "expected"),
    [
        pytest.param([SHARED, OWN, "/var/spool/shop"], OWN, [SHARED, "/var/spool/shop"], id="as the docs had it"),
        pytest.param(f"{SHARED} -{OWN}/", OWN, [SHARED], id="in one value, with a prefix"),
        pytest.param([SHARED, "/dev/shm"], "/dev/shm", [SHARED, "/dev/shm"], id="not of its own"),
        pytest.param("", OWN, [""], id="a reset"),
    ],
)
def test_own_heartbeats_are_not_those_of_the_host(value: Any, worker_tmp_dir: str, expected: list[str]) -> None:
    assert without_covered({"ReadWritePaths": value}, worker_tmp_dir, HOME)["ReadWritePaths"] == expected
