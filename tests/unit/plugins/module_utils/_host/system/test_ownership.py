# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trees change hands without a link being followed."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.ownership import give, seal


@pytest.mark.parametrize(
    ("mode", "expected"),
    [(0o600, 0o644), (0o700, 0o755), (0o777, 0o755), (0o666, 0o644), (0o4755, 0o755), (0o400, 0o444), (0o500, 0o555)],
    ids=oct,
)
def test_sealed_file(tmp_path: Path, mode: int, expected: int) -> None:
    path = tmp_path / "a"
    path.write_text("x")
    path.chmod(mode)
    seal(str(tmp_path))
    assert path.stat().st_mode & 0o7777 == expected


def test_sealed_tree(tmp_path: Path, owners: list[tuple[int, int]]) -> None:
    top, outside = tmp_path / "layer", tmp_path / "outside"
    (top / "d").mkdir(parents=True)
    outside.mkdir(mode=0o700)
    (outside / "f").write_text("x")
    (outside / "f").chmod(0o600)
    (top / "d").chmod(0o777)
    (top / "link").symlink_to(outside / "f")
    (top / "folder").symlink_to(outside)
    (top / "dangling").symlink_to("nowhere")
    seal(str(top))
    assert set(owners) == {(0, 0)}
    assert len(owners) == 6  # a directory is taken from outside and from inside
    assert (top / "d").stat().st_mode & 0o7777 == 0o755
    assert (outside.stat().st_mode & 0o777, (outside / "f").stat().st_mode & 0o777) == (0o700, 0o600)


def test_what_is_no_file_goes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("x")
    seal(str(tmp_path))
    assert os.listdir(tmp_path) == ["file"]


def test_a_link_is_not_sealed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(OSError, match="link"):
        seal(str(tmp_path / "link"))
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o700


def test_given_from_the_leaves_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_text("x")
    (tmp_path / "a" / "link").symlink_to("/")
    given: list[str] = []
    monkeypatch.setattr(os, "lchown", lambda path, user, group: given.append(os.path.relpath(path, tmp_path)))
    give(str(tmp_path), pwd.getpwuid(os.geteuid()).pw_name)
    assert given.index("a/b/file") < given.index("a/b") < given.index("a") < given.index(".")
