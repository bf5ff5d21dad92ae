# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files are written so that a reader only ever sees the old or the new content."""

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import (
    DesiredFile,
    FileState,
    plan_absent,
    plan_file,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system import users
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import (
    apply_changes,
    read_file,
    replace_symlink,
    restore,
    write_file,
)

USER = pwd.getpwuid(os.geteuid()).pw_name
GROUP = grp.getgrgid(os.getegid()).gr_name


def desired(path: Path, content: str, mode: int = 0o644) -> DesiredFile:
    return DesiredFile(str(path), content, mode, USER, GROUP)


@pytest.mark.parametrize("content", ["", "x", "one\ntwo\n", "dos\r\n", "ü\n", "\udcff"], ids=repr)
@pytest.mark.parametrize("mode", [0o644, 0o600], ids=oct)
def test_what_is_written_is_read(tmp_path: Path, content: str, mode: int) -> None:
    path = tmp_path / "new/a"
    write_file(desired(path, content, mode))
    found = read_file(str(path))
    assert found == FileState(content, mode, USER, GROUP)
    assert plan_file(found, desired(path, content, mode)) is None
    assert os.listdir(path.parent) == ["a"]


@pytest.mark.parametrize("name", ["none", "none/a", "file/a"])
def test_absent(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x")
    assert read_file(str(tmp_path / name)) is None


def test_a_reader_keeps_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    with path.open() as reader:
        write_file(desired(path, "new"))
        assert reader.read() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("owner", ["no-such-user", ""])
def test_failure_leaves_the_old_file_alone(tmp_path: Path, owner: str) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(KeyError):
        write_file(DesiredFile(str(path), "new", 0o644, owner, GROUP))
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a"]


def test_never_readable_for_others_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes = []
    real = os.fchmod

    def fchmod(handle: int, mode: int) -> None:
        modes.append(os.fstat(handle).st_mode & 0o777)
        real(handle, mode)

    monkeypatch.setattr(os, "fchmod", fchmod)
    write_file(desired(tmp_path / "a", "secret", 0o600))
    assert modes == [0o600]


def test_apply_and_restore(tmp_path: Path) -> None:
    kept, changed, created, removed = (tmp_path / name for name in ("kept", "changed", "created", "removed"))
    for path in (kept, changed, removed):
        write_file(desired(path, "old", 0o640))
    before = {path: read_file(str(path)) for path in (kept, changed, created, removed)}
    wanted = [plan_file(before[kept], desired(kept, "old", 0o640))]
    wanted += [plan_file(before[changed], desired(changed, "new")), plan_file(before[created], desired(created, "new"))]
    wanted += [plan_absent(str(removed), before[removed])]
    changes = [change for change in wanted if change]
    assert len(changes) == 3
    apply_changes(changes)
    assert sorted(os.listdir(tmp_path)) == ["changed", "created", "kept"]
    assert (changed.read_text(), changed.stat().st_mode & 0o777) == ("new", 0o644)
    apply_changes(changes)
    restore(changes)
    assert {path: read_file(str(path)) for path in before} == before
    restore(changes)
    assert {path: read_file(str(path)) for path in before} == before


def test_restore_to_an_owner_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user of a file may be gone; its number is not."""
    path = tmp_path / "a"
    path.write_text("old")

    def unknown(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr(users, "pwd", SimpleNamespace(getpwuid=unknown, getpwnam=pwd.getpwnam))
    monkeypatch.setattr(users, "grp", SimpleNamespace(getgrgid=unknown, getgrnam=grp.getgrnam))
    before = read_file(str(path))
    assert before is not None
    assert (before.owner, before.group) == (str(os.geteuid()), str(os.getegid()))
    change = plan_file(before, desired(path, "new"))
    assert change is not None
    apply_changes([change])
    restore([change])
    assert read_file(str(path)) == before


def test_link(tmp_path: Path) -> None:
    link = tmp_path / "current"
    replace_symlink(str(link), "releases/r1")
    replace_symlink(str(link), "releases/r2")
    assert os.readlink(link) == "releases/r2"
    assert os.listdir(tmp_path) == ["current"]


def test_link_after_a_killed_run(tmp_path: Path) -> None:
    (tmp_path / "current.tmp").symlink_to("releases/r0")
    replace_symlink(str(tmp_path / "current"), "releases/r1")
    assert os.listdir(tmp_path) == ["current"]


def test_link_to_a_directory_is_replaced_and_not_entered(tmp_path: Path) -> None:
    (tmp_path / "r1").mkdir()
    for target in ("r1", "r2"):
        replace_symlink(str(tmp_path / "current"), target)
    assert os.readlink(tmp_path / "current") == "r2"
    assert os.listdir(tmp_path / "r1") == []
