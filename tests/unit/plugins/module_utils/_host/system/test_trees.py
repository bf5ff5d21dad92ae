# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hostile trees: deep, full of links, swapped while they are walked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system import trees
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.trees import OPEN, remove_tree, walk


def walked(path: Path, skip: tuple[str, ...] = ()) -> list[str]:
    top = os.open(path, OPEN)
    try:
        return [one.path for one in walk(top, skip=skip)]
    finally:
        os.close(top)


def make_deep(top: Path, levels: int) -> None:
    """Deeper than any path may be long."""
    directory = os.open(top, OPEN)
    for _level in range(levels):
        os.mkdir("d" * 50, dir_fd=directory)
        inner = os.open("d" * 50, OPEN, dir_fd=directory)
        os.close(directory)
        directory = inner
    os.close(directory)


def test_a_directory_comes_before_its_contents(tmp_path: Path) -> None:
    (tmp_path / "b/c").mkdir(parents=True)
    (tmp_path / "b/c/file").touch()
    (tmp_path / "a").touch()
    (tmp_path / "link").symlink_to("b")
    assert walked(tmp_path) == ["a", "b", "b/c", "b/c/file", "link"]
    assert walked(tmp_path, ("c",)) == ["a", "b", "link"]


def test_number_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "MOST", 3)
    for name in "abc":
        (tmp_path / name).touch()
    assert walked(tmp_path) == ["a", "b", "c"]
    (tmp_path / "d").touch()
    with pytest.raises(HostError, match="more than 3 files"):
        walked(tmp_path)


def test_size_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "LARGEST", 10)
    (tmp_path / "a").write_bytes(b"x" * 11)
    with pytest.raises(HostError, match="larger than"):
        walked(tmp_path)


def test_a_directory_that_becomes_a_link_is_not_entered(tmp_path: Path) -> None:
    (tmp_path / "top/d").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    top = os.open(tmp_path / "top", OPEN)
    seen = walk(top)
    assert next(seen).path == "d"
    (tmp_path / "top/d").rmdir()
    (tmp_path / "top/d").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match=r"link|directory"):
        next(seen)
    os.close(top)


def test_removed_however_deep(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    make_deep(top, 2500)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").touch()
    (top / "link").symlink_to(tmp_path / "outside")
    remove_tree(str(top))
    assert not top.exists()
    assert (tmp_path / "outside/file").exists()
    remove_tree(str(top))  # it need not exist


def test_a_link_is_not_removed_as_a_tree(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").touch()
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(OSError, match=r"link|directory"):
        remove_tree(str(tmp_path / "link"))
    assert (tmp_path / "real/file").exists()
