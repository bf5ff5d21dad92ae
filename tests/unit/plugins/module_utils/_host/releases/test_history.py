# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.lock import deploy_lock, is_locked
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.history import read_history, record


def test_a_line_that_a_full_disk_cut_off_spoils_no_other(tmp_path: Path) -> None:
    layout = Layout("shop", str(tmp_path))
    (tmp_path / "shop").mkdir()
    record(layout, {"release": "a"})
    with open(layout.history, "a", encoding="utf-8") as stream:
        stream.write('{"release": "b", "ki')
    record(layout, {"release": "c"})
    record(layout, {"release": "d"})
    assert [line["release"] for line in read_history(layout)] == ["a", "c", "d"]


def test_no_history(tmp_path: Path) -> None:
    assert read_history(Layout("shop", str(tmp_path))) == []


def test_lock(tmp_path: Path) -> None:
    path = str(tmp_path / ".lock")
    assert not is_locked(path)
    with deploy_lock(path, "ann", 0) as tell:
        tell("canary")
        assert is_locked(path)
        with pytest.raises(HostError, match="another deploy") as refused, deploy_lock(path, "bob", 0):
            pass
        assert "started by ann" in refused.value.evidence
        assert "'canary'" in refused.value.evidence
    assert not is_locked(path)


def test_a_lock_whose_file_was_removed_locks_nothing(tmp_path: Path) -> None:
    """A run that removes the app takes the file away under one that waits for it."""
    path = tmp_path / ".lock"
    said: list[str] = []

    def wait() -> None:
        try:
            with deploy_lock(str(path), "bob", 20):
                said.append("it went on")
        except HostError as exc:
            said.append(exc.cause)

    waiting = threading.Thread(target=wait)
    with deploy_lock(str(path), "ann", 0):
        waiting.start()
        time.sleep(0.5)
        path.unlink()
    waiting.join(20)
    assert said == ["another run removed this app in the meantime; this one did nothing. Run again."]
