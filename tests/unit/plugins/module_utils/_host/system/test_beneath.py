# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of a directory that others write to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system import beneath
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.beneath import read_beneath


@pytest.fixture
def top(tmp_path: Path) -> str:
    (tmp_path / "secret").write_text("secret")
    place = tmp_path / "top"
    (place / "deps").mkdir(parents=True)
    (place / "deps/base.txt").write_text("flask")
    (place / "inner").symlink_to("deps/base.txt")
    (place / "deps/up").symlink_to("../deps/base.txt")
    (place / "folder").symlink_to("deps")
    (place / "out").symlink_to("../secret")
    (place / "absolute").symlink_to(tmp_path / "secret")
    (place / "round").symlink_to("round")
    os.mkfifo(place / "pipe")
    return str(place)


@pytest.mark.parametrize(
    "name", ["deps/base.txt", "inner", "deps/up", "folder/base.txt", "./deps//base.txt", "deps/../inner"]
)
def test_inside(top: str, name: str) -> None:
    assert read_beneath(top, name) == "flask"


@pytest.mark.parametrize(
    "name", ["out", "absolute", "../secret", "deps/../../secret", "round", "pipe", "deps", "none", "inner/x", ""]
)
def test_not_read(top: str, name: str) -> None:
    assert read_beneath(top, name) is None


def test_only_so_much_is_read(top: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beneath, "LARGEST", 3)
    assert read_beneath(top, "inner") == "fla"
