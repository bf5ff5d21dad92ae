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
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.history import (
    LARGEST,
    read_history,
    record,
)


def test_a_line_that_a_full_disk_cut_off_spoils_no_other(tmp_path: Path) -> None:
    layout = Layout("shop", str(tmp_path))
    (tmp_path / "shop").mkdir()
    record(layout, {"release": "a"})
    with open(layout.history, "a", encoding="utf-8") as stream:
        stream.write('{"release": "b", "ki')
    record(layout, {"release": "c"})
    record(layout, {"release": "d"})
    assert [line["release"] for line in read_history(layout)] == ["a", "c", "d"]


def history_of(tmp_path: Path, text: str = "", mode: int = 0o600) -> Layout:
    layout = Layout("shop", str(tmp_path))
    (tmp_path / "shop" / "releases").mkdir(parents=True)
    if text:
        path = Path(layout.history)
        path.write_text(text)
        path.chmod(mode)
    return layout


def mode_of(layout: Layout) -> int:
    return Path(layout.history).stat().st_mode & 0o777


def test_only_root_may_read_the_history(tmp_path: Path) -> None:
    layout = history_of(tmp_path)
    record(layout, {"release": "a"})
    assert mode_of(layout) == 0o600


def test_a_history_that_everybody_may_read_is_closed_by_the_next_line(tmp_path: Path) -> None:
    layout = history_of(tmp_path, '{"release": "a"}\n', 0o644)
    record(layout, {"release": "b"})
    assert mode_of(layout) == 0o600
    assert [line["release"] for line in read_history(layout)] == ["a", "b"]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    layout = history_of(tmp_path)
    target = tmp_path / "passwd"
    target.write_text("root\n")
    Path(layout.history).symlink_to(target)
    with pytest.raises(OSError, match="symbolic link"):
        record(layout, {"release": "a"})
    assert target.read_text() == "root\n"


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "7",
        "[" * 100_000,
        '{"release": 5}',
        '{"release": "x", "seconds": 5}',
        '{"release": "x", "why": []}',
        "\xff",
    ],
)
def test_a_line_that_is_none(tmp_path: Path, line: str) -> None:
    layout = history_of(tmp_path, f'{{"release": "a", "seconds": {{"build": 1}}, "why": null}}\n{line}\n')
    record(layout, {"release": "b"})
    assert [line["release"] for line in read_history(layout)] == ["a", "b"]


def test_the_history_does_not_grow_without_end(tmp_path: Path) -> None:
    layout = history_of(tmp_path)
    (tmp_path / "shop" / "releases" / "first").mkdir()
    record(layout, {"release": "first", "result": "live", "kind": "deploy"})
    for number in range(2000):
        about = {"release": f"r{number}", "result": "live", "kind": "deploy", "why": "x" * 9000, "who": "y" * 9000}
        record(layout, {**about, "result": "failed" if number % 2 else "live"})
    assert Path(layout.history).stat().st_size < 2 * LARGEST
    lines = read_history(layout)
    assert [line["release"] for line in lines[-2:]] == ["r1998", "r1999"]
    assert {len(line["why"]) for line in lines if "why" in line} == {2000}
    assert {len(line["who"]) for line in lines if "who" in line} == {100}
    assert [line["result"] for line in lines if line["release"] == "first"] == ["rolled back"]
    assert mode_of(layout) == 0o600


def test_of_a_file_that_grew_before_only_the_end_is_read(tmp_path: Path) -> None:
    layout = history_of(tmp_path, "".join(f'{{"release": "r{number}"}}\n' for number in range(200_000)))
    lines = read_history(layout)
    assert 1000 < len(lines) < 100_000
    assert lines[-1]["release"] == "r199999"
    record(layout, {"release": "last"})
    assert read_history(layout)[-1]["release"] == "last"


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
