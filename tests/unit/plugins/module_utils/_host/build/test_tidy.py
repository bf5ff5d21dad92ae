# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sources of strangers, made fit to be a layer."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.copy_tree import copy_tree
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.tidy import tidy


@pytest.fixture
def source(tmp_path: Path) -> Path:
    place = tmp_path / "a/b/source"
    (place / "pkg").mkdir(parents=True)
    (place / "pkg/mod.py").write_text("x = 1")
    (tmp_path / "a/outside").mkdir()
    (tmp_path / "a/outside/mod.cpython-311.pyc").write_text("as before")
    return place


def test_compiled_code_is_removed_and_links_are_not_followed(source: Path) -> None:
    (source / "__pycache__").symlink_to("../../outside")
    (source / "pkg/__pycache__").mkdir()
    (source / "pkg/__pycache__/mod.cpython-311.pyc").write_text("evil")
    (source / "pkg/__pycache__/link").symlink_to("/etc")
    tidy(str(source))
    assert sorted(str(path.relative_to(source)) for path in source.rglob("*")) == ["pkg", "pkg/mod.py"]
    assert (source.parents[1] / "outside/mod.cpython-311.pyc").read_text() == "as before"


def test_links_inside_stay(source: Path) -> None:
    (source / "mod.py").symlink_to("pkg/mod.py")
    (source / "folder").symlink_to("pkg")
    (source / "dangling").symlink_to("pkg/none")
    tidy(str(source))
    assert os.readlink(source / "mod.py") == "pkg/mod.py"


def _link(target: str) -> Callable[[Path], None]:
    return lambda place: (place / "pkg/link").symlink_to(target)


def _through_another(place: Path) -> None:
    (place / "up").symlink_to("pkg/..")
    (place / "link").symlink_to("up/../outside")


def _socket(place: Path) -> None:
    one = socket.socket(socket.AF_UNIX)
    before = os.getcwd()
    os.chdir(place)  # the path of a socket must be short
    try:
        one.bind("s")
    finally:
        os.chdir(before)
        one.close()


@pytest.mark.parametrize(
    ("make", "cause"),
    [
        pytest.param(_link("/etc/passwd"), "link that leads outside", id="absolute"),
        pytest.param(_link("../../../outside"), "link that leads outside", id="relative"),
        pytest.param(_link("../../secret.py"), "link that leads outside", id="to nothing, outside"),
        pytest.param(_through_another, "link that leads outside", id="through another"),
        pytest.param(lambda place: os.mkfifo(place / "pipe"), "a device, a pipe or a socket", id="pipe"),
        pytest.param(_socket, "a device, a pipe or a socket", id="socket"),
    ],
)
def test_refused(source: Path, make: Callable[[Path], None], cause: str) -> None:
    make(source)
    with pytest.raises(HostError, match=cause):
        tidy(str(source))


def test_links_outside_can_be_dropped(source: Path) -> None:
    _link("/etc/passwd")(source)
    _through_another(source)
    tidy(str(source), drop_links=True)
    assert sorted(path.name for path in source.rglob("*") if path.is_symlink()) == ["up"]


def test_copied_as_it_is(source: Path, tmp_path: Path) -> None:
    (source / "pkg/run").write_text("#!/bin/sh")
    (source / "pkg/run").chmod(0o4700)
    (source / "link").symlink_to("pkg")
    target = tmp_path / "copy"
    target.mkdir()
    copy_tree(str(source), str(target))
    assert (target / "pkg/mod.py").read_text() == "x = 1"
    assert (target / "pkg/run").stat().st_mode & 0o7777 == 0o755
    assert os.readlink(target / "link") == "pkg"


def test_a_pipe_is_not_copied(source: Path, tmp_path: Path) -> None:
    os.mkfifo(source / "requirements.txt")
    (tmp_path / "copy").mkdir()
    with pytest.raises(HostError, match="a pipe"):
        copy_tree(str(source), str(tmp_path / "copy"))
