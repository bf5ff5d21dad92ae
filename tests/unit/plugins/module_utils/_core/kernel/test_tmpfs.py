# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tmpfs for worker_tmp_dir: names, sizes, the live mount and what must be done about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import FileState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.mounts import parse_mountinfo
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.tmpfs import (
    FLAGS,
    MODE,
    UNIT_DIRECTORY,
    Mount,
    Tmpfs,
    TmpfsState,
    check_path,
    mount_unit,
    plan_tmpfs,
    render_mount,
)

PATH = "/run/gunicorn-worker-tmp"
UNIT = "run-gunicorn\\x2dworker\\x2dtmp.mount"
UNIT_PATH = f"{UNIT_DIRECTORY}/{UNIT}"
MIB = 1 << 20
WANTED = Tmpfs(PATH, 64 * MIB)
GOOD = frozenset({"rw", *FLAGS})


def state(tmpfs: Tmpfs) -> FileState:
    return FileState(render_mount(tmpfs), 0o644, "root", "root")


def current(mount: Optional[Mount], enabled: bool = True, **units: FileState) -> TmpfsState:
    found = {UNIT_PATH: state(WANTED), **{f"{UNIT_DIRECTORY}/{name}.mount": unit for name, unit in units.items()}}
    return TmpfsState(mount, found, frozenset({UNIT} if enabled else ()))


def test_pristine() -> None:
    plan = plan_tmpfs(WANTED, TmpfsState(None, {}, frozenset()))
    assert [*map(str, plan.changes)] == [
        f"create {UNIT_PATH}",
        f"enable {UNIT}",
        f"mount {PATH} (tmpfs, mode=1777,size=64m,noatime,nosuid,nodev,noexec)",
    ]


@pytest.mark.parametrize(
    ("mount", "verb", "said"),
    [
        pytest.param(Mount("tmpfs", GOOD, 64 * MIB, MODE), "", "", id="as declared"),
        pytest.param(None, "start", "mount", id="not mounted"),
        pytest.param(Mount("tmpfs", GOOD, 32 * MIB, MODE), "reload", "was size=32m", id="other size"),
        pytest.param(Mount("tmpfs", GOOD, None, MODE), "reload", "without a size limit", id="no size"),
        pytest.param(Mount("tmpfs", GOOD - {"noexec"}, 64 * MIB, MODE), "reload", "without noexec", id="a flag lacks"),
        pytest.param(Mount("tmpfs", GOOD - {"rw"} | {"ro"}, 64 * MIB, MODE), "reload", "read-only", id="read-only"),
        pytest.param(Mount("tmpfs", GOOD, 64 * MIB, 0o755), "", "set mode of", id="mode"),
    ],
)
def test_live_mount(mount: Optional[Mount], verb: str, said: str) -> None:
    plan = plan_tmpfs(WANTED, current(mount))
    assert plan.verb == verb
    assert len(plan.changes) == (1 if said else 0)
    assert said in "".join(map(str, plan.changes))


def test_size_is_compared_in_whole_pages() -> None:
    odd = Tmpfs(PATH, 64 * MIB - 1)
    found = TmpfsState(Mount("tmpfs", GOOD, 64 * MIB, MODE), {UNIT_PATH: state(odd)}, frozenset({UNIT}))
    assert plan_tmpfs(odd, found).changes == []
    assert plan_tmpfs(odd, found, page=65536).changes == []


def test_other_file_system_is_not_replaced() -> None:
    with pytest.raises(HostError) as caught:
        plan_tmpfs(WANTED, current(Mount("ext4", GOOD, None, MODE)))
    assert "ext4" in caught.value.cause


def test_what_it_holds_must_fit() -> None:
    holding = Mount("tmpfs", GOOD, 128 * MIB, MODE, used=64 * MIB)
    assert plan_tmpfs(WANTED, current(holding)).verb == "reload"
    with pytest.raises(HostError) as caught:
        plan_tmpfs(Tmpfs(PATH, 32 * MIB), current(holding))
    assert "already contains 64m" in caught.value.cause


def test_switched_off_or_moved_keeps_the_live_mount() -> None:
    off = plan_tmpfs(None, current(None))
    assert ([*map(str, off.changes)], off.verb, off.disable) == ([f"remove {UNIT_PATH}"], "", (UNIT,))
    assert "until the next boot" in off.reasons[0]
    moved = plan_tmpfs(Tmpfs("/run/other", MIB), current(None))
    assert [*map(str, moved.changes[:2])] == [f"create {UNIT_DIRECTORY}/run-other.mount", f"remove {UNIT_PATH}"]


def test_units_of_others_are_left_alone() -> None:
    foreign = FileState("[Mount]\nWhat=x\n", 0o644, "root", "root")
    found = current(Mount("tmpfs", GOOD, 64 * MIB, MODE), data=foreign)
    assert plan_tmpfs(WANTED, found).changes == []


LIVE = Mount("tmpfs", GOOD, 64 * MIB, MODE)
BY_LINE = replace(WANTED, boot="fstab")
LINE = f"tmpfs {PATH} tmpfs {WANTED.options},nofail,x-wsgiops.gunicorn 0 0\n"
OLD_LINE = LINE.replace(PATH, "/run/old")
FOREIGN_LINE = f"none {PATH} tmpfs size=1m 0 0\n"
FOREIGN_UNIT = FileState("[Mount]\nWhat=x\n", 0o644, "root", "root")
CREATE, REMOVE, UPDATE = f"create {UNIT_PATH}", f"remove {UNIT_PATH}", "update /etc/fstab"
ENABLE = f"enable {UNIT}"


@pytest.mark.parametrize(
    ("desired", "lines", "units", "changes", "disabled", "reasons"),
    [
        pytest.param(BY_LINE, "", {}, [UPDATE], (), [], id="fstab: new"),
        pytest.param(BY_LINE, LINE, {}, [], (), [], id="fstab: as declared"),
        pytest.param(BY_LINE, LINE.replace("64m", "1m"), {}, [UPDATE], (), [], id="fstab: edited"),
        pytest.param(BY_LINE, FOREIGN_LINE, {}, [UPDATE], (), [], id="fstab: a tmpfs of somebody else"),
        pytest.param(BY_LINE, "", {UNIT_PATH: state(WANTED)}, [UPDATE, REMOVE], (UNIT,), [], id="unit, then fstab"),
        pytest.param(BY_LINE, LINE, {UNIT_PATH: state(WANTED)}, [REMOVE], (UNIT,), [], id="the same, killed half way"),
        pytest.param(BY_LINE, OLD_LINE, {}, [UPDATE], (), ["run-old.mount"], id="fstab: moved"),
        pytest.param(WANTED, LINE, {}, [CREATE, UPDATE, ENABLE], (), [], id="fstab, then unit"),
        pytest.param(WANTED, LINE, {UNIT_PATH: state(WANTED)}, [UPDATE, ENABLE], (), [], id="that, killed half way"),
        pytest.param(WANTED, OLD_LINE, {}, [CREATE, UPDATE, ENABLE], (), ["run-old.mount"], id="moved, then unit"),
        pytest.param(WANTED, FOREIGN_LINE, {}, [CREATE, ENABLE], (), ["Another line"], id="unit: the unit wins"),
        pytest.param(None, LINE, {}, [UPDATE], (), [UNIT], id="off"),
        pytest.param(None, LINE, {UNIT_PATH: state(WANTED)}, [UPDATE, REMOVE], (UNIT,), [UNIT], id="off, of two"),
        pytest.param(None, FOREIGN_LINE, {UNIT_PATH: FOREIGN_UNIT}, [], (), [], id="off: what is not ours stays"),
    ],
)
def test_what_mounts_it_at_boot(
    desired: Optional[Tmpfs],
    lines: str,
    units: dict[str, FileState],
    changes: list[str],
    disabled: tuple[str, ...],
    reasons: list[str],
) -> None:
    fstab = FileState(lines, 0o644, "root", "root")
    plan = plan_tmpfs(desired, TmpfsState(LIVE, units, frozenset(), fstab))
    assert ([*map(str, plan.changes)], plan.disable, plan.verb) == (changes, disabled, "")
    assert len(plan.reasons) == len(reasons)
    assert all(said in told for said, told in zip(reasons, plan.reasons))


def test_with_fstab_the_mount_is_compared_as_well() -> None:
    assert [*map(str, plan_tmpfs(BY_LINE, TmpfsState(None, {}, frozenset())).changes)] == [
        "create /etc/fstab",
        f"mount {PATH} (tmpfs, mode=1777,size=64m,noatime,nosuid,nodev,noexec)",
    ]
    smaller = TmpfsState(Mount("tmpfs", GOOD, MIB, MODE), {}, frozenset(), FileState(LINE, 0o644, "root", "root"))
    assert plan_tmpfs(BY_LINE, smaller).verb == "reload"


@pytest.mark.parametrize(
    "unit", [pytest.param(FOREIGN_UNIT, id="a unit"), pytest.param(FileState("", 0o666, "root", "root"), id="masked")]
)
def test_a_unit_that_wins_over_fstab_is_refused(unit: FileState) -> None:
    with pytest.raises(HostError) as caught:
        plan_tmpfs(BY_LINE, TmpfsState(LIVE, {UNIT_PATH: unit}, frozenset(), None))
    assert UNIT_PATH in caught.value.cause


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        pytest.param(PATH, UNIT, id="dashes"),
        pytest.param("/run/a/b", "run-a-b.mount", id="levels"),
        pytest.param("/run/a.b_c", "run-a.b_c.mount", id="dot and underscore stay"),
    ],
)
def test_unit_name(path: str, unit: str) -> None:
    assert mount_unit(path) == unit


@pytest.mark.parametrize(
    ("path", "said"),
    [
        pytest.param("run/x", "plain absolute path", id="relative"),
        pytest.param("/", "plain absolute path", id="root"),
        pytest.param("/run/x/", "plain absolute path", id="trailing slash"),
        pytest.param("/run/../etc", "plain absolute path", id="dots"),
        pytest.param("/run/a b", "plain absolute path", id="blank"),
        pytest.param("/run/%i", "plain absolute path", id="specifier"),
        pytest.param("/dev/shm", "worker_tmp_enabled to false", id="a tmpfs of the system"),
        pytest.param("/run", "belongs to the system", id="run itself"),
        pytest.param("/var/run/x", "Use /run/x", id="through a link"),
    ],
)
def test_refused_paths(path: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_path("v", path)
    assert said in str(caught.value)


MOUNTINFO = """\
25 30 0:23 / /run rw,nosuid,nodev shared:5 - tmpfs tmpfs rw,size=803256k,mode=755
26 30 0:24 / /run/gunicorn-worker-tmp rw,noatime shared:9 - tmpfs tmpfs rw,size=1024k
27 30 0:25 / /run/gunicorn-worker-tmp rw,nosuid,nodev,noexec,noatime - tmpfs tmpfs rw,size=65536k,inode64
28 30 0:26 / /data rw master:1 shared:2 - ext4 /dev/sda1 rw
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(PATH, ("tmpfs", GOOD, 64 * MIB), id="the last of two"),
        pytest.param("/data", ("ext4", frozenset({"rw"}), None), id="several optional fields"),
        pytest.param("/nowhere", None, id="not mounted"),
    ],
)
def test_mountinfo(path: str, expected: object) -> None:
    assert parse_mountinfo(MOUNTINFO, path) == expected
