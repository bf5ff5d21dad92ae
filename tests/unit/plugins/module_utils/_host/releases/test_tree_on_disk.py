# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A directory is recorded when it is built, and compared later without reading its files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.layer import build_layer
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.layers import recorded_files
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.tree import read_damaged


@pytest.fixture(name="layer")
def _layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # Handing over to root and syncing all disks are matters of a real host.
    monkeypatch.setattr(build_layer.__module__ + ".seal", lambda path: None)
    monkeypatch.setattr(build_layer.__module__ + ".sync_disks", lambda: None)
    path = tmp_path / "s1"

    def build(directory: str) -> None:
        (Path(directory) / "pkg").mkdir()
        (Path(directory) / "pkg/app.py").write_text("x = 1\n")
        (Path(directory) / "pkg/__pycache__").mkdir()
        (Path(directory) / "pkg/__pycache__/app.cpython-311.pyc").write_text("code")
        (Path(directory) / "link").symlink_to("pkg/app.py")

    build_layer(str(path), build)
    return path


def append(path: Path) -> None:
    with (path / "pkg/app.py").open("a") as stream:
        stream.write("y = 2\n")


def compiled(path: Path, name: str = "app", ending: str = "pyc") -> Path:
    return path / f"pkg/__pycache__/{name}.cpython-311.{ending}"


def put_time_back(path: Path, text: str, file: Path | None = None) -> None:
    file = file or path / "pkg/app.py"
    before = file.stat()
    file.write_text(text)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(
    ("change", "damaged"),
    [
        pytest.param(lambda path: None, False, id="untouched"),
        pytest.param(append, True, id="edited"),
        pytest.param(lambda path: put_time_back(path, "x = 2\n"), True, id="edited, and its time put back"),
        pytest.param(lambda path: put_time_back(path, "x = 1\n"), False, id="restored from a backup"),
        pytest.param(lambda path: (path / "pkg/app.py").chmod(0o600), True, id="another mode"),
        pytest.param(lambda path: (path / "pkg/app.py").unlink(), True, id="removed"),
        pytest.param(lambda path: (path / "new.py").touch(), True, id="added"),
        pytest.param(lambda path: compiled(path).write_text("evil"), True, id="compiled code, of the same size"),
        pytest.param(
            lambda path: put_time_back(path, "evil", compiled(path)), True, id="the same, and its time put back"
        ),
        pytest.param(lambda path: compiled(path).unlink(), True, id="compiled code removed"),
        pytest.param(lambda path: compiled(path, "other").touch(), True, id="compiled code added"),
        pytest.param(lambda path: compiled(path, "app", "opt-1.pyc").touch(), True, id="optimised code added"),
        pytest.param(lambda path: (path / "failed.json").touch(), False, id="a note of a deploy"),
    ],
)
def test_damaged(layer: Path, change: Callable[[Path], None], damaged: bool) -> None:
    recorded = recorded_files(str(layer))
    assert set(recorded) == {"pkg/app.py", "pkg/__pycache__/app.cpython-311.pyc", "link"}
    change(layer)
    assert read_damaged({str(layer): recorded}) == (frozenset({str(layer)}) if damaged else frozenset())


def test_what_was_never_recorded_is_not_damaged(layer: Path) -> None:
    assert recorded_files(str(layer) + "-other") == {}
    assert read_damaged({str(layer): {}}) == frozenset()


@pytest.mark.parametrize(
    ("change", "damaged"),
    [
        pytest.param(lambda path: compiled(path).write_text("evil"), False, id="compiled code"),
        pytest.param(lambda path: compiled(path, "other").touch(), False, id="compiled code added"),
        pytest.param(append, True, id="edited"),
    ],
)
def test_a_record_of_an_earlier_version(layer: Path, change: Callable[[Path], None], damaged: bool) -> None:
    """It has no compiled code, so there is nothing to compare it with."""
    recorded = {path: seen for path, seen in recorded_files(str(layer)).items() if "__pycache__" not in path}
    change(layer)
    assert read_damaged({str(layer): recorded}) == (frozenset({str(layer)}) if damaged else frozenset())
