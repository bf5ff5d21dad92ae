# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.observed import UNLIMITED
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.parse import (
    addresses_of,
    ceiling_of,
    configured,
    device_of_mount,
    drop_ins,
    file_system_of,
    file_system_on,
    group_limit,
    group_of,
    groups_of,
    is_gunicorn,
    is_held,
    is_in,
    limit_of,
    number_of_mount,
    queue_of,
    queues_of_nginx,
)

UNIX = """\
u_str LISTEN 0      2048   /run/gunicorn/shop/web.sock 41021            * 0
u_seq LISTEN 0      4096            /run/udev/control 19221            * 0
"""
TCP = """\
LISTEN 0      100        127.0.0.1:8000      0.0.0.0:*    users:(("gunicorn",pid=71,fd=3),("gunicorn",pid=7,fd=3))
LISTEN 0      2048         0.0.0.0:80        0.0.0.0:*    users:(("nginx",pid=30,fd=6))
LISTEN 0      128             [::]:22           [::]:*    users:(("sshd",pid=1,fd=4))
"""
MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / /run rw,nosuid shared:5 - tmpfs tmpfs rw,size=100k
41 30 0:40 / /run/gunicorn-worker-tmp rw,noatime - tmpfs tmpfs rw,size=64m
50 22 8:2 / /srv rw - xfs /dev/sdb rw
"""


@pytest.mark.parametrize(
    ("bind", "expected"),
    [
        ("unix:/run/gunicorn/shop/web.sock", 2048),
        ("unix:/run/gunicorn/shop/web", None),
        ("127.0.0.1:8000", 100),
        ("127.0.0.1:80", None),
        ("0.0.0.0:80", 2048),
        ("[::]:22", 128),
    ],
)
def test_queue(bind: str, expected: Optional[int]) -> None:
    assert queue_of(UNIX + TCP, bind) == expected


def test_queues_of_nginx() -> None:
    text = "    listen 80 default_server backlog=2048;\n    listen [::]:443 ssl backlog=9;\n    listen 10.0.0.1:80;\n"
    assert queues_of_nginx(text) == {"0.0.0.0:80": 2048, "[::]:443": 9}


@pytest.mark.parametrize(
    ("pids", "expected"),
    [([7], ("127.0.0.1:8000",)), ([1], ("[::]:22",)), ([30, 71], ("0.0.0.0:80", "127.0.0.1:8000")), ([3], ())],
)
def test_addresses(pids: list[int], expected: tuple[str, ...]) -> None:
    assert addresses_of(UNIX + TCP, pids) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/run/gunicorn-worker-tmp", "tmpfs"),
        ("/run/gunicorn-worker-tmp/deeper", "tmpfs"),
        ("/run/gunicorn-worker-tmp2", "tmpfs"),
        ("/srv/gunicorn/x", "xfs"),
        ("/var/tmp", "ext4"),
        ("/", "ext4"),
    ],
)
def test_file_system(path: str, expected: str) -> None:
    assert file_system_of(MOUNTS, path) == expected


@pytest.mark.parametrize(("device", "expected"), [("0:40", "tmpfs"), ("8:1", "ext4"), ("0:4", ""), ("", "")])
def test_file_system_on(device: str, expected: str) -> None:
    assert file_system_on(MOUNTS, device) == expected


LIMITS = """\
Limit                     Soft Limit           Hard Limit           Units
Max processes             unlimited            unlimited            processes
Max open files            8192                 20000                files
"""


def test_limits() -> None:
    assert limit_of(LIMITS, "LimitNOFILE") == 8192
    assert limit_of(LIMITS, "LimitNPROC") == UNLIMITED


@pytest.mark.parametrize(
    ("capabilities", "users", "expected"),
    [
        ("000001ffffffffff", "0 0 4294967295", UNLIMITED),
        ("000001ffffffffff", "0 1000 1\n1 100000 65536", 20000),
        ("000001fffeffffff", "0 0 4294967295", 20000),
        ("0000000000000000", "", 20000),
    ],
    ids=["all of them", "a namespace of users", "all but this one", "none"],
)
def test_ceiling(capabilities: str, users: str, expected: int) -> None:
    """Without CAP_SYS_RESOURCE the hard limit is the end of it."""
    assert ceiling_of(f"Name:\tsystemd\nCapEff:\t{capabilities}\n", LIMITS, users, "LimitNOFILE") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0::/system.slice/x.service\n", "/system.slice/x.service"), ("4:memory:/x\n0::/\n", "/"), ("4:memory:/x\n", "")],
)
def test_group(text: str, expected: str) -> None:
    assert group_of(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("512\n", 512), ("max\n", UNLIMITED), (None, None)])
def test_group_limit(text: Optional[str], expected: Optional[int]) -> None:
    assert group_limit(text) == expected


def test_configured() -> None:
    shown = {"LimitNOFILE": "9", "LimitNOFILESoft": "8192", "MemoryMax": "infinity", "TasksMax": "", "MainPID": "7"}
    assert configured(shown) == {"LimitNOFILE": 8192, "MemoryMax": UNLIMITED}


def test_drop_ins() -> None:
    own = ["/etc/systemd/system/x.service.d/a.conf", "/etc/systemd/system/gunicorn-.service.d/b.conf"]
    everybodys = "/run/systemd/system/service.d/zzz-lxc-service.conf"
    assert drop_ins({"DropInPaths": " ".join([everybodys, *own])}) == own
    assert drop_ins({}) == []


def test_no_mounts() -> None:
    assert file_system_of("", "/tmp") == ""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["/venv/bin/python", "/venv/bin/gunicorn", "shop:app"], True),
        (["/venv/bin/python", "-m", "gunicorn", "shop:app"], True),
        (["/usr/bin/gunicorn", "shop:app"], True),
        (["gunicorn: master [shop]"], True),
        (["vim", "/etc/gunicorn.conf.py"], False),
        (["grep", "-r", "gunicorns"], False),
        ([""], False),
        ([], False),
    ],
)
def test_is_gunicorn(words: list[str], expected: bool) -> None:
    assert is_gunicorn(words) is expected


# ---- who a process belongs to ------------------------------------------------------------------------------------

OURS = "/system.slice/gunicorn-shop-web.service"
LOGIN = "/user.slice/user-1000.slice/user@1000.service"


@pytest.mark.parametrize(
    ("cgroup", "expected"),
    [
        pytest.param(f"0::{OURS}\n", True, id="unified"),
        pytest.param(f"9:name=systemd:{OURS}\n8:pids:/\n0::/\n", True, id="legacy"),
        pytest.param(f"9:name=systemd:/\n0::{OURS}\n", True, id="hybrid"),
        pytest.param(f"0::{OURS}/delegated\n", True, id="below it"),
        pytest.param(f"0::{LOGIN}/gunicorn-shop-web.service\n", False, id="a user's group of that name"),
        pytest.param(f"0::{LOGIN}{OURS}\n", False, id="a user's group of that path"),
        pytest.param(f"0::{LOGIN}/app.slice/gunicorn-shop-web.service/x\n", False, id="a user's, further down"),
        pytest.param(f"0::/x\n7:pids:{OURS}\n", False, id="the group of a controller"),
        pytest.param(f"0::{OURS}.evil\n", False, id="a longer name"),
        pytest.param("0::/system.slice\n", False, id="above it"),
        pytest.param("", False, id="a process that has ended"),
        pytest.param("garbage\n", False, id="no group"),
    ],
)
def test_is_in(cgroup: str, expected: bool) -> None:
    assert is_in(cgroup, OURS) is expected


def test_a_unit_without_a_group_has_no_processes() -> None:
    assert is_in("0::/\n", "") is False


def test_groups_with_colons() -> None:
    assert groups_of("1:cpu:/\n0::/a:b\n") == ["/a:b"]


# ---- locks -------------------------------------------------------------------------------------------------------

LOCKS = """\
1: POSIX  ADVISORY  READ  5433 08:01:7864448 128 128
2: FLOCK  ADVISORY  WRITE 2001 08:01:7864554 0 EOF
2: -> FLOCK  ADVISORY  WRITE 2002 08:01:7864999 0 EOF
3: FLOCK  ADVISORY  WRITE 1568 00:2f:32388 0 EOF
"""


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        pytest.param("08:01:7864554", True, id="held"),
        pytest.param("00:2f:7864554", False, id="the same inode of another device"),
        pytest.param("08:01:786455", False, id="the beginning of an inode"),
        pytest.param("08:01:7864448", False, id="a lock of another kind"),
        pytest.param("08:01:7864999", False, id="only waited for"),
    ],
)
def test_is_held(place: str, expected: bool) -> None:
    assert is_held(LOCKS, place) is expected


@pytest.mark.parametrize(
    ("fdinfo", "expected"),
    [("pos:\t0\nflags:\t02\nmnt_id:\t30\nino:\t5\n", (0, 26)), ("mnt_id:\t3\n", None), ("", None)],
    ids=["known", "of a mount that is hidden", "an old kernel"],
)
def test_device_of_an_open_file(fdinfo: str, expected: Optional[tuple[int, int]]) -> None:
    assert device_of_mount(MOUNTS, number_of_mount(fdinfo)) == expected
