# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tmpfs for heartbeats, mounted at boot by a line of /etc/fstab: its drift, and the way to a unit and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from helpers import APPS, hello
from rig import Host

SITE, DRIFT = "wsgiops.gunicorn.site", "wsgiops.gunicorn.drift"
TMPFS, SERVICE = "/run/gunicorn-worker-tmp", "gunicorn-tmpfs-web.service"
UNIT = "$(systemd-escape --path --suffix=mount /run/gunicorn-worker-tmp)"
OPTIONS = "mode=1777,size=64m,noatime,nosuid,nodev,noexec,nofail,x-wsgiops.gunicorn"
LINE = f"tmpfs {TMPFS} tmpfs {OPTIONS} 0 0"
THEIRS = "# theirs\nnone /mnt  tmpfs\tnoauto"  # without a newline at the end


@pytest.fixture(scope="module")
def mounted(new_host: Callable[..., Host], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A host of its own after `site`, and a way to run playbooks on it."""
    from rig import run_playbook

    host = new_host("tmpfs")
    host.run(f"printf '%s' '{THEIRS}' > /etc/fstab")
    directory = tmp_path_factory.mktemp("tmpfs")
    app = {
        "app": "hello:app",
        "source": {"local": str(hello(directory))},
        "settings": {"workers": 2},
        "server_name": ["tmpfs.localhost"],
    }

    def run(playbook: str, boot: str = "fstab", *options: str) -> Any:
        variables = {"gunicorn_apps": {"tmpfs": app}, "gunicorn_host_worker_tmp_boot": boot}
        return run_playbook(playbook, host, variables, directory, *options)

    predicted = run(SITE, "fstab", "--check")
    done = run(SITE)
    assert done.status == 0, done.output
    assert predicted.changes()["gunicorn_host"] == done.changes()["gunicorn_host"]
    return host, run


def expect_mounted(host: Host, state: str) -> None:
    """As declared, by a unit in this state, before the service that needs it; and the workers are there."""
    kind, size, flags = host.out(f"findmnt -bno FSTYPE,SIZE,VFS-OPTIONS {TMPFS}").split()
    assert (kind, int(size)) == ("tmpfs", 64 << 20)
    assert {"noatime", "nosuid", "nodev", "noexec"} <= set(flags.split(","))
    assert host.out(f"stat -c %a {TMPFS}") == "1777"
    assert host.run(f'systemctl is-enabled "{UNIT}"', check=False).stdout.strip() == state
    for dependencies in ("Requires", "After"):
        shown = host.out(f"systemctl show -P {dependencies} {SERVICE}").replace("\\\\", "\\")
        assert host.out(f'echo "{UNIT}"') in shown
    assert f"{TMPFS}/wgunicorn-" in host.out(
        f"for pid in $(pgrep -P $(systemctl show -P MainPID {SERVICE})); do ls -l /proc/$pid/fd; done"
    )


def test_fstab(mounted: Any) -> None:
    """One line more, and nothing else; after a reboot it is mounted before the service, and nothing differs."""
    host, run = mounted
    assert host.run("cat /etc/fstab").stdout == f"{THEIRS}\n{LINE}"
    expect_mounted(host, "generated")
    host.reboot()
    expect_mounted(host, "generated")
    mount = int(host.out(f'systemctl show -P ActiveEnterTimestampMonotonic "{UNIT}"'))
    assert 0 < mount < int(host.out(f"systemctl show -P ExecMainStartTimestampMonotonic {SERVICE}"))
    clean = run(DRIFT)
    assert (clean.status, clean.of("gunicorn_drift")["findings"]) == (0, []), clean.output
    alone = run(APPS)
    assert (alone.status, alone.changed) == (0, 0), "as in deploy, the role of the apps has to find it by itself"


def test_drift(mounted: Any) -> None:
    """An edited line is found under its name, and healed without a change of the mount or the release."""
    host, run = mounted
    release = host.out("readlink /srv/gunicorn/tmpfs/current")
    host.run("sed -i s/size=64m/size=1m/ /etc/fstab")
    found = run(DRIFT)
    assert [(one["kind"], one["subject"]) for one in found.of("gunicorn_drift")["findings"]] == [
        ("mount-unit", "/etc/fstab")
    ]
    assert found.status == 2
    healed = run(SITE)
    assert healed.changes()["gunicorn_host"] == ["update /etc/fstab"]
    assert host.run("cat /etc/fstab").stdout == f"{THEIRS}\n{LINE}"
    assert host.out("readlink /srv/gunicorn/tmpfs/current") == release
    assert run(DRIFT).status == 0


def test_the_choice_changes(mounted: Any) -> None:
    """To a unit and back: the mount, the processes and the lines of others stay."""
    host, run = mounted
    same = f"findmnt -no ID {TMPFS}; systemctl show -P MainPID {SERVICE}"
    before = host.out(same)
    for boot, state, fstab in (("unit", "enabled", THEIRS), ("fstab", "generated", f"{THEIRS}\n{LINE}")):
        done = run(SITE, boot)
        assert done.status == 0, done.output
        assert run(SITE, boot).changed == 0
        assert host.out(same) == before
        assert host.run("cat /etc/fstab").stdout == fstab
        expect_mounted(host, state)
    assert host.out("find /etc/systemd/system -name '*worker*.mount'") == ""
