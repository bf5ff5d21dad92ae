# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One line of ours in /etc/fstab, and all other bytes as they were."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import FileState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.fstab import (
    FSTAB,
    Entry,
    has_foreign,
    own_paths,
    parse_line,
    plan_fstab,
    with_line,
    without_own,
)
from hypothesis import example, given
from hypothesis import strategies as st

PATH = "/run/tmp"
OPTIONS = "mode=1777,size=64m"
OURS = f"tmpfs {PATH} tmpfs {OPTIONS},nofail,x-wsgiops.gunicorn 0 0"
OLD = "tmpfs /run/old tmpfs size=1m,x-wsgiops.gunicorn 0 0"
FOREIGN = f"none\t{PATH}\ttmpfs\tsize=1m"
ROOT = "UUID=1  /   ext4\tdefaults 0 1"


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        pytest.param(OURS, Entry(PATH, "tmpfs", True), id="ours"),
        pytest.param(f"\t {OURS}\r", Entry(PATH, "tmpfs", True), id="blanks around it"),
        pytest.param("a /x tmpfs x-wsgiops.gunicorn\r", Entry("/x", "tmpfs", True), id="the mark last"),
        pytest.param(FOREIGN, Entry(PATH, "tmpfs", False), id="tabs"),
        pytest.param("a //run///tmp/ tmpfs", Entry(PATH, "tmpfs", False), id="slashes, no options"),
        pytest.param("a /var/run/tmp tmpfs", Entry(PATH, "tmpfs", False), id="through a link"),
        pytest.param("a / ext4 rw", Entry("/", "ext4", False), id="root"),
        pytest.param("a none swap sw", Entry("none", "swap", False), id="swap"),
        pytest.param("a /x tmpfs ax-wsgiops.gunicorn", Entry("/x", "tmpfs", False), id="only like the mark"),
        pytest.param("a /x tmpfs rw # x-wsgiops.gunicorn", Entry("/x", "tmpfs", False), id="the mark elsewhere"),
        pytest.param(f"#{OURS}", None, id="comment"),
        pytest.param(f"  # {OURS}", None, id="indented comment"),
        pytest.param("", None, id="nothing"),
        pytest.param(" \t", None, id="blanks"),
        pytest.param("a /x", None, id="too few fields"),
    ],
)
def test_line(line: str, entry: Optional[Entry]) -> None:
    assert parse_line(line) == entry


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", f"{OURS}\n", id="empty"),
        pytest.param("\n", f"\n{OURS}\n", id="a blank line"),
        pytest.param(f"{ROOT}\n", f"{ROOT}\n{OURS}\n", id="at the end"),
        pytest.param(ROOT, f"{ROOT}\n{OURS}", id="no final newline, before or after"),
        pytest.param(f"{ROOT}\r\n", f"{ROOT}\r\n{OURS}\n", id="line ends of Windows"),
        pytest.param(f"# {OURS}\n", f"# {OURS}\n{OURS}\n", id="commented out"),
        pytest.param(f"{OURS}\n{ROOT}\n", f"{OURS}\n{ROOT}\n", id="as it should be"),
        pytest.param(f"{OURS},noauto\n{ROOT}\n", f"{OURS}\n{ROOT}\n", id="edited, in its place"),
        pytest.param(f"tmpfs {PATH} ext4 x-wsgiops.gunicorn\n", f"{OURS}\n", id="ours with another type"),
        pytest.param(f"{OLD}\n{ROOT}", f"{OURS}\n{ROOT}", id="moved, in its place"),
        pytest.param(f"{OURS}\n{ROOT}\n{OLD}\n", f"{OURS}\n{ROOT}\n", id="moved, and the old line left behind"),
        pytest.param(f"{FOREIGN}\n{ROOT}\n", f"{OURS}\n{ROOT}\n", id="another's tmpfs"),
        pytest.param(f"{OURS}\n{ROOT}\n{FOREIGN}", f"{OURS}\n{ROOT}", id="ours first, another's tmpfs at the end"),
        pytest.param(f"{FOREIGN}\n{ROOT}\n{OURS}\n", f"{ROOT}\n{OURS}\n", id="another's tmpfs first, which would win"),
        pytest.param(f"{OURS}\n{ROOT}\n{OURS}\n", f"{ROOT}\n{OURS}\n", id="ours twice"),
        pytest.param(f"{FOREIGN}\n{FOREIGN} 0 0\n", f"{OURS}\n", id="another's twice"),
        pytest.param("tmpfs /run/x tmpfs rw\n", f"tmpfs /run/x tmpfs rw\n{OURS}\n", id="a tmpfs elsewhere"),
    ],
)
def test_with_line(before: str, after: str) -> None:
    assert with_line(before, PATH, OPTIONS) == after
    assert with_line(after, PATH, OPTIONS) == after


@pytest.mark.parametrize("more", [f"{OURS}\n", f"{FOREIGN}\n", ""])
def test_another_file_system_stays(more: str) -> None:
    with pytest.raises(HostError) as caught:
        with_line(f"{more}# note\n/dev/sdb1 {PATH}/ ext4 rw 0 2\n", PATH, OPTIONS)
    assert f"line {3 if more else 2} of {FSTAB}" in caught.value.cause
    assert "ext4" in caught.value.cause


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", "", id="empty"),
        pytest.param(f"{OURS}\n", "", id="nothing else"),
        pytest.param(f"{ROOT}\n{OLD}\n{OURS}\n", f"{ROOT}\n", id="of every path"),
        pytest.param(f"{ROOT}\n{OURS}\n{FOREIGN}", f"{ROOT}\n{FOREIGN}", id="another's stays"),
        pytest.param(f"# {OURS}\n", f"# {OURS}\n", id="a comment stays"),
    ],
)
def test_without_own(before: str, after: str) -> None:
    assert without_own(before) == after


def test_whose_lines() -> None:
    assert own_paths(f"{OLD}\n{ROOT}\n{OURS}\n{FOREIGN}\n") == ["/run/old", PATH]
    assert has_foreign(f"{OURS}\n{FOREIGN}\n", PATH)
    assert not has_foreign(f"{OURS}\n# {FOREIGN}\n{ROOT}\n", PATH)


NOT_OURS = st.one_of(
    st.sampled_from(["", " ", "\t# note", f"# {OURS}", ROOT, f"{ROOT}\r", "a none swap sw 0 0", f"a {PATH}2 tmpfs"]),
    st.text(st.characters(blacklist_characters="\n", blacklist_categories=()), max_size=12),
)


@example(lines=[""], end="")
@example(lines=[ROOT], end="")
@given(lines=st.lists(NOT_OURS, max_size=6), end=st.sampled_from(["", "\n"]))
def test_adding_and_removing_gives_the_same_bytes(lines: list[str], end: str) -> None:
    text = "\n".join(lines) + end
    added = with_line(text, PATH, OPTIONS)
    assert [line for line in added.split("\n") if line != OURS] == text.split("\n")
    assert own_paths(added) == [PATH]
    assert without_own(added) == text


def test_owner_and_mode_stay() -> None:
    change = plan_fstab(FileState("", 0o664, "root", "adm"), PATH, OPTIONS)
    assert change is not None and change.after is not None
    assert (str(change.change("mount-unit")), change.after.content) == (f"update {FSTAB}", f"{OURS}\n")
    assert (change.after.mode, change.after.owner, change.after.group) == (0o664, "root", "adm")


def test_new_file() -> None:
    change = plan_fstab(None, PATH, OPTIONS)
    assert change is not None and change.after is not None
    assert (str(change.change("mount-unit")), change.after.mode, change.after.owner) == (
        f"create {FSTAB}",
        0o644,
        "root",
    )
    assert plan_fstab(None) is None


@pytest.mark.parametrize(("mode", "shown"), [(0o644, True), (0o640, False), (0o600, False)])
def test_what_not_everybody_may_read_is_not_shown(mode: int, shown: bool) -> None:
    change = plan_fstab(FileState("//nas/x /x cifs password=hidden\n", mode, "root", "root"), PATH, OPTIONS)
    assert change is not None
    assert ("password=hidden" in str(change.diff())) is shown


def test_ours_is_taken_away() -> None:
    change = plan_fstab(FileState(f"{ROOT}\n{OURS}\n", 0o644, "root", "root"))
    assert change is not None and change.after is not None
    assert change.after.content == f"{ROOT}\n"
    assert plan_fstab(FileState(f"{FOREIGN}\n", 0o644, "root", "root")) is None
