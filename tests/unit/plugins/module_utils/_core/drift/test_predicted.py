"""What a run would change, told as drift; and that every kind of drift comes from somewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import (
    ADD_RELEASE,
    CHMOD,
    INSTALL,
    INSTALL_PACKAGE,
    POINT,
    REMOVE,
    RENEW,
    RESTART,
    SET,
    UPDATE,
    Change,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import FileState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import ERROR, WARNING, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import conf_path
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan_app import plan_app
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift import observed as drift_live
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.kinds import KINDS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.predicted import predicted
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel import boot_files, settings, tmpfs
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel import plan as sysctl
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.limits import plan_limits
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.uv import UvState, plan_uv
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes import differences as live
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy import plan as nginx_plan
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.current import AppState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.declaration import Declaration, unit_texts
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import (
    Manifest,
    SourceRecord,
    VenvRecord,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.tree import Differences
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import MANAGED

UNIT = "/etc/systemd/system/gunicorn-shop-web.service"
SERVICE = "gunicorn-shop-web.service"
SOCKET = "gunicorn-shop-web.socket"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            Change(SET, "net.core.somaxconn", kind="sysctl-live", declared="4096", running="128"),
            Finding("sysctl-live", ERROR, "net.core.somaxconn", declared="4096", running="128"),
            id="what runs",
        ),
        pytest.param(
            Change(UPDATE, UNIT, kind="unit-file", declared="as the role writes it", disk="differs"),
            Finding("unit-file", ERROR, UNIT, declared="as the role writes it", disk="differs"),
            id="what is on disk",
        ),
        pytest.param(Change(INSTALL, "uv 1", kind="installer"), Finding("installer", WARNING, "uv 1"), id="installer"),
        pytest.param(
            Change(REMOVE, "/etc/nginx/sites-enabled/default", kind="nginx-default-site", declared="absent"),
            Finding("nginx-default-site", WARNING, "/etc/nginx/sites-enabled/default", declared="absent"),
            id="what is too much",
        ),
        pytest.param(
            Change(RESTART, SERVICE, "the running process belongs to another release", "stale-process"),
            Finding("stale-process", ERROR, SERVICE),
            id="a restart with a cause of its own",
        ),
    ],
)
def test_change(change: Change, expected: Finding) -> None:
    (found,) = predicted("shop", [change])
    assert found._replace(fix="", app="") == expected
    assert (found.app, bool(found.fix)) == ("shop", True)


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        pytest.param(
            [Change(UPDATE, UNIT, kind="unit-file"), Change(RESTART, SERVICE, "its units changed")],
            ["unit-file"],
            id="unit",
        ),
        pytest.param(
            [
                Change(ADD_RELEASE, "/srv/gunicorn/shop/releases", kind="not-deployed"),
                Change(UPDATE, UNIT, kind="unit-file"),
                Change(POINT, "/srv/gunicorn/shop/current", kind="not-deployed"),
            ],
            ["not-deployed", "unit-file"],
            id="a deploy is one finding",
        ),
        pytest.param([Change(RENEW, SOCKET)], [], id="a consequence"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_consequences_are_not_told(changes: list[Change], kinds: list[str]) -> None:
    found = predicted("shop", changes)
    assert [one.kind for one in found] == kinds
    assert all(one.subject == "shop" for one in found if one.kind == "not-deployed")


# ---- every kind is made ------------------------------------------------------------------------------------------


def _of_host() -> Iterator[Change]:
    setting = settings.Setting("net.core.somaxconn", "at_least", "4096")
    boot = boot_files.Boot()
    kernel = sysctl.plan_sysctl(sysctl.HOST, [setting], {setting.key: sysctl.LiveValue("128")}, boot, None)
    yield from kernel.changes
    limits = plan_limits([{"domain": "*", "type": "soft", "item": "nofile", "value": "1"}], None)
    assert limits is not None
    yield limits.change("limits-file")
    wanted = tmpfs.Tmpfs("/run/x", 1 << 20)
    yield from tmpfs.plan_tmpfs(wanted, tmpfs.TmpfsState(None, {}, frozenset())).changes
    odd = tmpfs.Mount("tmpfs", frozenset(), 1 << 10, 0o755)
    yield from tmpfs.plan_tmpfs(wanted, tmpfs.TmpfsState(odd, {}, frozenset())).changes
    yield from plan_uv("0.13.8", UvState()).changes


def _of_proxy() -> Iterator[Change]:
    log = "/var/log/nginx/gunicorn-shop.access.log"

    def wanted(**files: str) -> nginx_plan.DesiredNginx:
        return nginx_plan.DesiredNginx(
            files, {"shop"}, "/etc/nginx/conf.d", "nginx", "nginx.service", "remove", False, [log]
        )

    link = nginx_plan.DefaultSite("/etc/nginx/sites-enabled/default", "/etc/nginx/sites-available/default", False)
    yield from nginx_plan.plan(nginx_plan.NginxState(False, {}, link), wanted(x="y")).changes()
    same = {"x": FileState(f"{MANAGED}\n", 0o644, "root", "root")}
    stale = nginx_plan.NginxState(
        True, same, enabled=True, active=True, newer="/etc/nginx/nginx.conf", logs={log: 0o640}
    )
    yield from nginx_plan.plan(stale, wanted(x=f"{MANAGED}\n")).changes()


def _deployed(declared: Declaration) -> AppState:
    """As a deploy leaves it."""
    source, venv, release = (f"/srv/gunicorn/shop/{name}" for name in ("src/s1", "venvs/v1", "releases/r1"))
    texts = unit_texts(declared, declared.place(release, source, venv, "23.0.0"))
    manifest = Manifest(
        id="r1",
        key=declared.release_key or "",
        layers=(source, venv, release),
        source=SourceRecord(path=source),
        venv=VenvRecord(venv, declared.venv_key or "", "", "v1", "23.0.0"),
    )
    return AppState(
        True,
        True,
        True,
        True,
        True,
        "r1",
        {"r1": manifest},
        frozenset({source, venv, release}),
        {f"/etc/systemd/system/{name}": FileState(text, 0o644, "root", "root") for name, text in texts.items()},
        {name: {"ActiveState": "active", "UnitFileState": "enabled"} for name in texts},
        {"web": conf_path(release, "web")},
    )


def _of_app(declared: Declaration) -> Iterator[Change]:
    now = _deployed(declared)
    assert plan_app(declared, now).changes == ()
    pristine = AppState(False, False, False, False, False, "", {}, frozenset(), {}, {}, {})
    yield from plan_app(declared, pristine).changes
    stray = {"/etc/systemd/system/gunicorn-shop-old.service": FileState("x", 0o644, "root", "root")}
    yield from plan_app(declared, replace(pristine, unit_files=stray, leftovers=("a.service",))).changes
    for state, different in (
        ({"ActiveState": "active"}, {"running": {}}),
        ({"ActiveState": "active", "NeedDaemonReload": "yes"}, {}),
        ({"ActiveState": "active"}, {"current": "other"}),
        ({"ActiveState": "failed"}, {}),
    ):
        units = {name: {**about, **(state if name == SERVICE else {})} for name, about in now.units.items()}
        yield from plan_app(declared, replace(now, units=units, **different)).changes  # type: ignore[arg-type]


def _observed() -> Iterator[Finding]:
    service = drift_live.Service("shop", SERVICE, ("/etc/systemd/system/x.d/own.conf",))
    differences = [
        live.Difference(live.WORKERS, "workers", "5", "6"),
        live.Difference(live.LIMIT, "LimitNOFILE", "8192", "4096"),
        live.Difference(live.QUEUE, "unix:/x", "2048", "128"),
        live.Difference(live.HEARTBEATS, "/var/tmp", "tmpfs", "ext4"),
        live.Difference(live.PORT, "0.0.0.0:9", "unix:/x", "0.0.0.0:9"),
    ]
    yield from drift_live.of_service(service, differences)
    yield from drift_live.of_files("shop", "/srv/x", Differences(["a"], ["b"], ["c"]), {})
    package = "lib/python3.11/site-packages/six-1.dist-info/RECORD"
    yield from drift_live.of_files("shop", "/srv/x", Differences([], [package], []), {}, venv=True)
    yield from drift_live.of_files("shop", "/srv/x", Differences([package], [], []), {}, venv=True)
    yield from drift_live.of_user("shop", "gunicorn-shop", ["adm"])
    yield from drift_live.of_strays([(1, "gunicorn", "")], ["old"])


def test_every_kind_is_made(make_app: Callable[..., Any], declare: Callable[..., Declaration]) -> None:
    """A kind that nobody makes could be accepted by an entry of gunicorn_drift_ignore, and would never be told."""
    declared = declare(make_app(source={"git": "https://x/y.git", "version": "v1"}))
    changes = [
        Change(INSTALL_PACKAGE, "nginx", kind="package-missing"),
        *_of_host(),
        *_of_proxy(),
        *_of_app(declared),
    ]
    made = {one.kind for one in predicted("shop", changes)} | {one.kind for one in _observed()}
    assert made == set(KINDS)


def test_the_mode_of_the_tmpfs_has_a_kind() -> None:
    odd = tmpfs.Mount("tmpfs", frozenset(tmpfs.FLAGS), 1 << 20, 0o755)
    changes = tmpfs.plan_tmpfs(tmpfs.Tmpfs("/run/x", 1 << 20), tmpfs.TmpfsState(odd, {}, frozenset())).changes
    assert (CHMOD, "mount-mode") in [(change.verb, change.kind) for change in changes]
