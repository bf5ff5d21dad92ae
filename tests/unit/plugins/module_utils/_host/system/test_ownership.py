# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trees change hands without a link being followed."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.ownership import give, seal
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.trees import DEEPEST


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
    assert len(owners) == 5
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
    with pytest.raises(OSError, match=r"link|directory"):
        seal(str(tmp_path / "link"))
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o700


def test_a_link_is_not_given_away(tmp_path: Path, owners: list[tuple[int, int]]) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    user = pwd.getpwuid(os.geteuid())
    with pytest.raises(OSError, match=r"link|directory"):
        give(str(tmp_path / "link"), user.pw_name)
    assert owners == []
    give(str(tmp_path / "real"), user.pw_name)
    assert owners == [(user.pw_uid, user.pw_gid)]


def test_a_tree_that_is_too_deep_is_refused(tmp_path: Path) -> None:
    (tmp_path / "/".join(["d"] * (DEEPEST + 1))).mkdir(parents=True)
    with pytest.raises(HostError, match="directories inside each other"):
        seal(str(tmp_path))
