# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that earlier commits deployed: all releases are usable, and one run of `site` brings the units of today.

upgrade/README.md says where these hosts come from.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from helpers import ask
from rig import Host, Result, run_playbook
from upgrade.deployed import Deployed, placed, platform_of, read, restore, write_sources

HOSTS = sorted(path.parent for path in Path(__file__).parent.glob("upgrade/*/host.json"))
PROBE = Path(__file__).parent / "probe.py"
SITE, DRIFT, ROLLBACK = "wsgiops.gunicorn.site", "wsgiops.gunicorn.drift", "wsgiops.gunicorn.rollback"

# What packages and downloads bring is not in an archive; all that the collection itself has written is.
PACKAGES = """
- hosts: all
  gather_facts: false
  roles: [wsgiops.gunicorn.gunicorn_host]
  vars:
    gunicorn_host_packages: [nginx]
    gunicorn_host_worker_tmp_enabled: false
    gunicorn_host_sysctl: {}
"""
# Contents, times and owners of all that is deployed, and the processes that serve.
STATE = """
places="/etc /opt /srv /usr/local /run/systemd/system"
find $places -xdev \\( -type f -o -type l \\) -printf '%p %s %T@ %m %U %l\\n' | sort
find /srv -type f -print0 | sort -z | xargs -0 sha256sum
"""
PROCESSES = """
shown=Id,MainPID,NRestarts,ActiveState,ActiveEnterTimestampMonotonic
systemctl show -p $shown 'gunicorn-*.service' 'gunicorn-*.socket' '*gunicorn*.mount' nginx.service
systemctl show -P MainPID 'gunicorn-*.service' nginx.service | grep . | xargs -n 1 pgrep -P | sort -n
"""
READY = """
for i in $(seq 150); do
  test "$(systemctl list-jobs --no-legend | wc -l)" = 0 && break; sleep 0.2
done
systemctl --failed --no-legend --plain
systemctl list-units --all --no-legend --plain --state=inactive 'gunicorn-*'
"""


@dataclass(frozen=True)
class Old:
    """The host as it was restored, and runs of the collection of today on it."""

    host: Host
    deployed: Deployed
    directory: Path

    def run(self, playbook: str, *options: str, **more: Any) -> Result:
        variables = {**placed(self.deployed.variables, self.directory / "sources"), **more}
        return run_playbook(playbook, self.host, variables, self.directory, *options)

    def releases(self, app: str) -> list[dict[str, Any]]:
        """What `releases` lists, newest first."""
        done = self.run("wsgiops.gunicorn.releases", app=app)
        assert done.status == 0, done.output
        (listed,) = [task["result"]["releases"] for task in done.tasks if "releases" in task["result"]]
        return list(listed)

    def serving(self, app: str, version: str) -> dict[str, str]:
        """The newest release that serves this version of the code."""
        return next(one for one in self.deployed.releases[app] if one["serves"] == version)

    def live(self, app: str) -> str:
        return self.host.out(f"readlink /srv/gunicorn/{app}/current").rpartition("/")[2]

    def layers(self) -> str:
        return self.host.out("ls -d /srv/gunicorn/*/src/* /srv/gunicorn/*/venvs/*")


@pytest.fixture(scope="module", params=HOSTS, ids=[path.name for path in HOSTS])
def old(request: pytest.FixtureRequest, new_host: Callable[..., Host], tmp_path_factory: pytest.TempPathFactory) -> Old:
    """The host of an archive, after a boot."""
    archive: Path = request.param
    deployed = read(archive)
    directory = tmp_path_factory.mktemp(archive.name)
    host = new_host(archive.name)
    # Not skipped: a test that no image runs any more would prove nothing, and nobody would see it.
    seen = {**platform_of(host), "version": deployed.platform["version"]}
    if seen != deployed.platform:
        pytest.fail(
            f"{archive} was made on {deployed.platform}; this image is {seen}. Virtual environments and release keys"
            " depend on that, so `site` would rightly deploy anew. Make the archive again, from the same commit:"
            " tests/system/upgrade/README.md."
        )
    write_sources(deployed.sources, directory / "sources")
    brought = {name: value for name, value in deployed.variables.items() if name == "gunicorn_host_uv_version"}
    done = run_playbook(PACKAGES, host, brought, directory)
    assert done.status == 0, done.output
    restore(host, archive, deployed)
    assert host.out(READY) == "", "all units that were enabled run, and only those"
    host.run(f"cat > /root/probe.py <<'END'\n{PROBE.read_text()}\nEND")
    return Old(host, deployed, directory)


@contextlib.contextmanager
def answering(old: Old, *versions: str) -> Iterator[None]:
    """Ask the shop all the time: no request fails, and no other version answers."""
    host = old.host
    host.run("rm -f /root/stop")
    command = [host.tool, "exec", host.name, "python3", "/root/probe.py", "ask", "shop", "/root/stop"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as probe:
        try:
            yield
        finally:
            host.run("touch /root/stop")
            assert probe.stdout is not None
            said = json.loads(probe.stdout.read())
    assert said["failed"] == {}
    assert set(said["seen"]) == set(versions)


def serves(old: Old, instance: str = "web") -> tuple[str, str]:
    """The version of the shop that answers, and its secret."""
    said = ask(old.host, "shop", instance)
    return said["version"], said["token"]


def assert_clean(old: Old) -> None:
    found = old.run(DRIFT)
    assert (found.status, found.of("gunicorn_drift")["findings"]) == (0, []), found.output


def test_check_mode(old: Old) -> None:
    """Predicted are new releases, because the units protect more today, and nginx's files; nothing is touched."""
    files, processes = old.host.out(STATE), old.host.out(PROCESSES)
    with answering(old, "four"):
        done = old.run(SITE, "--check")
        assert done.status == 0, done.output
    assert {part for part, changes in done.changes().items() if changes} == {"gunicorn_apps", "gunicorn_proxy"}
    assert old.host.out(PROCESSES) == processes
    assert old.host.out(STATE) == files
    assert serves(old) == serves(old, "slow") == ("four", "not-really-secret")


def test_releases(old: Old) -> None:
    """Each is listed with what became of it, under the words of the commit that made them."""
    several = {app: recorded for app, recorded in old.deployed.releases.items() if len(recorded) > 1}
    results = {one["result"] for recorded in several.values() for one in recorded}
    assert results == {"live", "was live", "rolled back", "failed"}, "the archive has one of each"
    for app, recorded in several.items():
        seen = [(one["release"], one["result"]) for one in old.releases(app)]
        assert seen == [(one["release"], one["result"]) for one in recorded]


def test_rollback(old: Old) -> None:
    """To the release before, by itself and by name. Then `site` once deploys what is declared with the units of today:
    no request is lost, nothing is built, and the next run changes nothing.
    """
    layers, declared = old.layers(), {app: old.live(app) for app in old.deployed.releases}
    before, first = old.serving("shop", "two"), old.serving("shop", "one")
    with answering(old, "four", "two", "one"):
        for wanted, token, options in (
            (before, "not-really-secret", {}),
            (first, "", {"release": first["release"]}),
        ):
            done = old.run(ROLLBACK, app="shop", **options)
            assert done.status == 0, done.output
            assert old.live("shop") == wanted["release"]
            assert serves(old) == serves(old, "slow") == (wanted["serves"], token)
        failed = next(one for one in old.deployed.releases["shop"] if one["result"] == "failed")
        refused = old.run(ROLLBACK, app="shop", release=failed["release"])
        assert (refused.status, failed["release"] in refused.output) == (2, True), refused.output
        assert old.run(ROLLBACK, app="desk").status == 0
        assert ask(old.host, "desk")["version"] == "one"

        done = old.run(SITE)
        assert done.status == 0, done.output
        assert {app for app, release in declared.items() if old.live(app) == release} == set()
        assert serves(old) == serves(old, "slow") == ("four", "not-really-secret")
        assert ask(old.host, "desk")["version"] == "two"
    assert set(old.layers().splitlines()) <= set(layers.splitlines()), "nothing was built"
    assert old.run(SITE).changed == 0
    assert_clean(old)
