# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every drift of the bank is found and rightly named; an untouched host has none."""

from __future__ import annotations

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from drifts import BATCHES, DRIFTS, USUAL
from helpers import hello
from rig import Host

SITE, DRIFT = "wsgiops.gunicorn.site", "wsgiops.gunicorn.drift"
# All that a look must leave as it was: contents, times and owners of files, links, and processes of units.
PLACES = "/etc /srv /usr/local /run/systemd/system /run/gunicorn"
STATE = f"""
find {PLACES} -xdev \\( -type f -o -type l \\) -printf '%p %s %T@ %m %U %l\\n' | sort
find /srv -type f -print0 | sort -z | xargs -0 sha256sum
systemctl show -p MainPID,ActiveEnterTimestamp,NRestarts gunicorn-drifts-web nginx
"""


@pytest.fixture(scope="module")
def drifting(new_host: Callable[..., Host], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A host of its own after `site`, and a way to run playbooks on it."""
    from rig import run_playbook

    host = new_host("drift")
    directory = tmp_path_factory.mktemp("drift")
    app = {
        "app": "hello:app",
        "source": {"local": str(hello(directory))},
        "settings": {"workers": 2},
        "server_name": ["drifts.localhost"],
        "secret_env": {"TOKEN": "s3cret"},
    }

    def run(playbook: str, *options: str, nofile: int = 0, **more: Any) -> Any:
        apps = {"drifts": {**app, "limits": {"nproc": 500, "nofile": nofile or None}}}
        return run_playbook(playbook, host, {"gunicorn_apps": apps, **more}, directory, *options)

    done = run(SITE)
    assert done.status == 0, done.output
    return host, run


def findings(result: Any) -> list[dict[str, str]]:
    """What a run of the playbook `drift` has found."""
    return list(result.of("gunicorn_drift")["findings"])


def test_untouched(drifting: Any) -> None:
    """Nothing is found, nothing is changed; also after a reboot."""
    host, run = drifting
    before = host.out(STATE)
    clean = run(DRIFT)
    assert (clean.status, findings(clean)) == (0, []), clean.output
    assert host.out(STATE) == before
    host.reboot()
    again = run(DRIFT)
    assert (again.status, findings(again)) == (0, []), again.output


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Most of them, in a few batches; with `--every-drift` the rest, and each alone as well, which takes minutes."""
    if "names" in metafunc.fixturenames:
        every = metafunc.config.getoption("--every-drift")
        batches = [*BATCHES, *((name,) for name in DRIFTS)] if every else USUAL
        metafunc.parametrize("names", batches, ids=lambda names: f"{len(names)}, {names[0]}")


def test_drifts(drifting: Any, names: tuple[str, ...]) -> None:
    """Found under their names with exit status 2, and gone after they were undone."""
    host, run = drifting
    drifts = [DRIFTS[name] for name in names]
    for drift in drifts:
        host.run(drift.how)
    found = run(DRIFT)
    seen = findings(found)
    for drift in drifts:
        named = [one for one in seen if one["kind"] == drift.kind and fnmatchcase(one["subject"], drift.subject)]
        assert named, f"{drift}\n{json.dumps(seen, indent=1)}"
    assert found.status == 2
    assert all(one["fix"] for one in seen)
    assert "s3cret" not in found.output
    for drift in drifts:
        host.run(drift.undo or "true")
    if not all(drift.undo for drift in drifts):
        done = run(SITE)
        assert done.status == 0, done.output
    clean = run(DRIFT)
    assert (clean.status, findings(clean)) == (0, []), json.dumps(findings(clean), indent=1)


def test_every_drift_is_in_a_batch() -> None:
    """So that none is forgotten where they are not tried alone."""
    assert sorted(name for batch in BATCHES for name in batch) == sorted(DRIFTS)


def test_accepted(drifting: Any) -> None:
    """A known drift is told apart, until its day."""
    host, run = drifting
    host.run("sysctl -qw net.core.somaxconn=128")
    entry = {"kind": "sysctl-live", "reason": "an experiment"}
    idle = {"kind": "drop-in", "reason": "long gone", "until": "2999-01-01"}
    accepted = run(DRIFT, gunicorn_drift_ignore=[{**entry, "until": "2999-01-01"}, idle])
    assert accepted.status == 0
    assert accepted.of("gunicorn_drift")["ignored"][0]["reason"] == "an experiment"
    assert [one["reason"] for one in accepted.of("gunicorn_drift")["unused"]] == ["long gone"]
    expired = run(DRIFT, gunicorn_drift_ignore=[{**entry, "until": "2001-01-01"}])
    assert expired.status == 2
    assert expired.of("gunicorn_drift")["expired"][0]["until"] == "2001-01-01"
    for mistake, said in (
        ({**entry, "until": "2999-01-01", "subjct": "x"}, "gunicorn_drift_ignore[0].subjct"),
        ({**entry, "until": "2999-02-30"}, "gunicorn_drift_ignore[0].until"),
    ):
        wrong = run(DRIFT, gunicorn_drift_ignore=[mistake])
        assert wrong.status == 4, "neither clean nor drift"
        assert said in wrong.output
    assert run(SITE).status == 0


def test_scaled(drifting: Any) -> None:
    """Another number of workers that was asked for is no drift, and goes with its master."""
    host, run = drifting
    predicted = run("wsgiops.gunicorn.scale", "--check", app="drifts", workers=4)
    up = run("wsgiops.gunicorn.scale", app="drifts", workers=4)
    assert up.status == 0, up.output
    assert predicted.of("gunicorn_scale")["changes"] == up.of("gunicorn_scale")["changes"] != []
    assert run("wsgiops.gunicorn.scale", app="drifts", workers=4).changed == 0
    clean = run(DRIFT)
    assert (clean.status, findings(clean)) == (0, []), clean.output
    assert run(SITE).changed == 0
    host.run("systemctl kill --signal=TTOU --kill-whom=main gunicorn-drifts-web; sleep 1")
    assert [one["kind"] for one in findings(run(DRIFT))] == ["worker-count"]
    refused = run("wsgiops.gunicorn.scale", app="drifts", workers=5)
    assert (refused.status, "somebody has sent signals" in refused.output) == (2, True), refused.output
    assert run(SITE).status == 0
    assert run(DRIFT).status == 0
    assert run("wsgiops.gunicorn.scale", app="drifts", workers=3).of("gunicorn_scale")["workers"] == 3
    host.run("systemctl reload gunicorn-drifts-web; sleep 2")
    assert run(DRIFT).status == 0, "HUP has brought back the declared number"
    assert run("wsgiops.gunicorn.scale", app="drifts", workers=3).of("gunicorn_scale")["previous"] == 2
    assert run("wsgiops.gunicorn.scale", app="drifts").of("gunicorn_scale")["workers"] == 2
    master = host.out("systemctl show -P MainPID gunicorn-drifts-web")
    host.run("mv $(readlink -f /srv/gunicorn/drifts/current/src)/hello.py /tmp/gone.py")
    broken = run("wsgiops.gunicorn.scale", app="drifts", workers=3)
    host.run("mv /tmp/gone.py $(readlink -f /srv/gunicorn/drifts/current/src)/hello.py")
    assert (broken.status, "No running process was changed." in broken.output) == (2, True), broken.output
    assert host.out("systemctl show -P MainPID gunicorn-drifts-web") == master
    assert run(DRIFT).status == 0
    for mistake, said in (
        ({"app": "drift"}, "Did you mean 'drifts'?"),
        ({"app": "drifts", "workers": 0}, "workers: 0 is not from 1 to 1000."),
        ({"app": "drifts", "workers": 3, "instance": "wbe"}, "Did you mean 'web'?"),
    ):
        refused = run("wsgiops.gunicorn.scale", **mistake)
        assert refused.status != 0
        assert said in refused.output


def test_what_a_restart_would_not_mend(drifting: Any) -> None:
    """A drop-in gives the next processes the same limit: `site` leaves it alone, and does not restart on every run."""
    host, run = drifting
    place = "/etc/systemd/system/gunicorn-drifts-web.service.d"
    host.run(f"mkdir {place}; printf '[Service]\\nLimitNOFILE=900\\n' > {place}/files.conf; systemctl daemon-reload")
    host.run("systemctl restart gunicorn-drifts-web")
    assert run(SITE).changed == 0
    assert {one["kind"] for one in findings(run(DRIFT))} == {"drop-in", "limit-clamped"}
    host.run(f"rm -r {place}; systemctl daemon-reload")
    assert "LimitNOFILE 900, declared 8192" in str(run(SITE).changes()["gunicorn_apps"])
    assert run(DRIFT).status == 0


def test_a_clamped_limit(drifting: Any) -> None:
    """systemd gives less than the unit says, without a word. It is found, and no run restarts the service for it."""
    host, run = drifting
    asked = 1_000_000
    assert run(SITE, nofile=asked).status == 0
    given = int(
        host.out("prlimit -o SOFT --noheadings --nofile --pid $(systemctl show -P MainPID gunicorn-drifts-web)")
    )
    if given == asked:
        pytest.skip("the limit of this container is high enough for all")
    found = findings(run(DRIFT, nofile=asked))
    assert [(one["kind"], one["declared"], one["running"]) for one in found] == [
        ("limit-clamped", str(asked), str(given))
    ]
    assert run(SITE, nofile=asked).changed == 0
    assert run(SITE).status == 0


DIRTY = """
from gunicorn.dirty import DirtyApp
class Worker(DirtyApp):
    def __call__(self, action, *arguments, **options):
        return action
"""


def test_dirty_workers(drifting: Any, tmp_path: Path) -> None:
    """Their arbiter is a child of the master, has heartbeats open, and is no worker."""
    host, run = drifting
    source = hello(tmp_path)
    (source / "dirty.py").write_text(DIRTY)
    app = {
        "app": "hello:app",
        "source": {"local": str(source)},
        "settings": {"workers": 2, "dirty_apps": ["dirty:Worker"], "dirty_workers": 2},
    }
    done = run("wsgiops.gunicorn.deploy", gunicorn_apps={"dirty": app}, app="dirty")
    assert done.status == 0, done.output
    host.run("pgrep -P $(systemctl show -P MainPID gunicorn-dirty-web) | wc -l | grep -qx 3")
    seen = findings(run(DRIFT, gunicorn_apps={"dirty": app}))
    assert [one for one in seen if one["app"] == "dirty"] == []
    host.run("systemctl stop gunicorn-dirty-web.socket gunicorn-dirty-web; rm -r /srv/gunicorn/dirty")
    host.run("rm /etc/systemd/system/gunicorn-dirty-*; systemctl daemon-reload")


def test_could_not_be_checked(drifting: Any) -> None:
    """Neither clean nor drift: another exit status."""
    host, run = drifting
    holding = "systemd-run -q --unit=deploying flock /srv/gunicorn/drifts/.lock sleep 60; sleep 0.5"
    host.run(holding)
    busy = run(DRIFT)
    host.run("systemctl stop deploying")
    assert (busy.status, "a deploy of drifts is in progress" in busy.output) == (4, True), busy.output
    host.run(holding.replace("60", "4"))
    assert run(DRIFT, gunicorn_apps_lock_wait=30).status == 0
    host.run("mv /usr/bin/systemctl /usr/bin/systemctl.gone")
    try:
        unchecked = run(DRIFT)
    finally:
        host.run("mv /usr/bin/systemctl.gone /usr/bin/systemctl")
    assert unchecked.status == 4, unchecked.output
    assert "could not be checked" in unchecked.output
