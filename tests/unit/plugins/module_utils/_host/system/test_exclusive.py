# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One at a time, with an end to every wait."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from pathlib import Path

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.exclusive import exclusive

WHAT = "/run/systemd/system"


def test_only_the_owner_can_open_a_lock(tmp_path: Path) -> None:
    root = tmp_path / "locks"
    root.mkdir(mode=0o777)
    root.chmod(0o777)
    with exclusive(WHAT, root=str(root)):
        assert stat.S_IMODE(root.stat().st_mode) == 0o700
        (lock,) = root.iterdir()
        assert (lock.name, stat.S_IMODE(lock.stat().st_mode)) == ("run-systemd-system", 0o600)
        assert lock.read_text() == str(os.getpid())


def test_the_wait_ends(tmp_path: Path) -> None:
    root = str(tmp_path / "locks")
    started = time.monotonic()
    with (
        exclusive(WHAT, root=root),
        pytest.raises(HostError, match=r"another run holds .*/run-systemd-system, still after 0.3 s") as caught,
        exclusive(WHAT, 0.3, root),
    ):
        pass
    assert caught.value.evidence == f"It is process {os.getpid()}."
    assert 0.3 <= time.monotonic() - started < 5
    with exclusive(WHAT, 0, root), exclusive("/another", 0, root):  # free again, and another is another
        pass


def test_a_lock_on_the_path_itself_does_not_matter(tmp_path: Path) -> None:
    """Everybody who can read a directory can lock it."""
    descriptor = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with exclusive(str(tmp_path), 0, str(tmp_path / "locks")):
        pass
    os.close(descriptor)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "locks"
    root.mkdir()
    (root / "run-systemd-system").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="symbolic link"), exclusive(WHAT, 0, str(root)):
        pass
    assert not (tmp_path / "victim").exists()
