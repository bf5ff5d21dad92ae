# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.logs import LogChange, plan_logs
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.proxy.log_files import (
    change_logs,
    look_at_logs,
    remove_created_logs,
)

ME = (pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name)


def test_logs_are_created_and_closed(tmp_path: Path) -> None:
    kept, new, rotated = (
        str(tmp_path / f"gunicorn-{name}") for name in ("a.access.log", "b.access.log", "a.access.log.1")
    )
    for path in (kept, rotated):
        Path(path).write_text("x")
        os.chmod(path, 0o644)
    (tmp_path / "access.log").touch(0o644)
    change_logs(plan_logs(look_at_logs(str(tmp_path)), [kept, new], *ME))
    assert look_at_logs(str(tmp_path)) == {kept: 0o640, rotated: 0o640, new: 0o640}
    assert plan_logs(look_at_logs(str(tmp_path)), [kept, new], *ME) == ()
    assert Path(kept).read_text() == "x"


def test_no_link_is_followed(tmp_path: Path) -> None:
    """Not even one that takes the place of a log between the look and the change."""
    target = tmp_path / "shadow"
    target.write_text("secret")
    os.chmod(target, 0o644)
    link = str(tmp_path / "gunicorn-a.access.log")
    os.symlink(target, link)
    assert look_at_logs(str(tmp_path)) == {link: None}
    change_logs([LogChange(link, None, *ME)])
    with pytest.raises(OSError, match="symbolic links"):
        change_logs([LogChange(link, 0o644, *ME)])
    assert oct(target.stat().st_mode & 0o777) == "0o644"


def test_a_failed_run_leaves_no_log(tmp_path: Path) -> None:
    new, written, old = (str(tmp_path / f"gunicorn-{name}.access.log") for name in ("new", "written", "old"))
    changes = [LogChange(new, None, *ME), LogChange(written, None, *ME), LogChange(old, 0o644, *ME)]
    Path(old).touch(0o644)
    change_logs(changes)
    Path(written).write_text("a line")
    remove_created_logs(changes)
    assert sorted(look_at_logs(str(tmp_path))) == [old, written]


def test_no_directory_no_logs(tmp_path: Path) -> None:
    assert look_at_logs(str(tmp_path / "none")) == {}
