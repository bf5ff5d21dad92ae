# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytecode of trees, hostile files among them."""

from __future__ import annotations

import py_compile
from pathlib import Path

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build import compile_tree as compiling
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.compile_tree import compile_tree

UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH


@pytest.mark.parametrize("small", [1, 1000])
def test_what_compiles_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int) -> None:
    """In one process as in several; the rest is passed over."""
    monkeypatch.setattr(compiling, "SMALL", small)
    (tmp_path / "pkg").mkdir()
    for number in range(9):
        (tmp_path / f"pkg/good{number}.py").write_text("x = 1")
    (tmp_path / "syntax.py").write_text("def :")
    (tmp_path / "null.py").write_bytes(b"x = 1\0")
    (tmp_path / "deep.py").write_text("(" * 100_000)
    (tmp_path / "coding.py").write_bytes(b"# -*- coding: none -*-\nx = 1")
    (tmp_path / "link.py").symlink_to("/etc/passwd")
    (tmp_path / "text.txt").write_text("x")
    compile_tree(str(tmp_path), UNCHECKED)
    compiled = sorted(path.name.partition(".")[0] for path in tmp_path.rglob("*.pyc"))
    assert compiled == sorted(f"good{number}" for number in range(9))
    flags = (next(tmp_path.rglob("good0.*.pyc"))).read_bytes()[4:8]
    assert int.from_bytes(flags, "little") == 0b01  # by hash, unchecked


def test_nothing_to_compile(tmp_path: Path) -> None:
    compile_tree(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
