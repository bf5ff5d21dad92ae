# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files as values, and what is shown of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import (
    DesiredFile,
    FileChange,
    FileState,
    plan_absent,
    plan_file,
)

PATH = "/etc/x"
NOW = FileState("a\n", 0o644, "root", "root")
WANTED = DesiredFile(PATH, "a\n")


@pytest.mark.parametrize(
    ("before", "wanted", "summary", "content"),
    [
        pytest.param(NOW, WANTED, None, False, id="as declared"),
        pytest.param(None, WANTED, "create /etc/x", True, id="absent"),
        pytest.param(replace(NOW, content="b\n"), WANTED, "update /etc/x", True, id="content"),
        pytest.param(replace(NOW, content="a"), WANTED, "update /etc/x", True, id="line end"),
        pytest.param(replace(NOW, mode=0o600), WANTED, "set owner and mode of /etc/x", False, id="mode"),
        pytest.param(replace(NOW, owner="joe"), WANTED, "set owner and mode of /etc/x", False, id="owner"),
        pytest.param(replace(NOW, group="joe"), WANTED, "set owner and mode of /etc/x", False, id="group"),
    ],
)
def test_plan(before: Optional[FileState], wanted: DesiredFile, summary: Optional[str], content: bool) -> None:
    change = plan_file(before, wanted)
    assert (str(change.change("x")) if change else None) == summary
    assert (change is not None and change.content_changed) is content


def test_plan_absent() -> None:
    assert plan_absent(PATH, None) is None
    change = plan_absent(PATH, NOW)
    assert change is not None
    assert (str(change.change("x")), change.after, change.content_changed) == ("remove /etc/x", None, True)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            FileChange(PATH, None, WANTED),
            ("/etc/x (absent)", "/etc/x", "", "a\n# owner=root group=root mode=0644\n"),
            id="create",
        ),
        pytest.param(
            FileChange(PATH, replace(NOW, content="b", mode=0o600), WANTED),
            ("/etc/x", "/etc/x", "b\n# owner=root group=root mode=0600\n", "a\n# owner=root group=root mode=0644\n"),
            id="update",
        ),
        pytest.param(
            FileChange(PATH, NOW, None),
            ("/etc/x", "/etc/x (absent)", "a\n# owner=root group=root mode=0644\n", ""),
            id="remove",
        ),
    ],
)
def test_diff(change: FileChange, expected: Any) -> None:
    diff = change.diff()
    assert tuple(diff[key] for key in ("before_header", "after_header", "before", "after")) == expected


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(None, id="create"),
        pytest.param(replace(NOW, content="old-s3cret\n"), id="update"),
        pytest.param(replace(NOW, content="new-s3cret\n"), id="mode only"),
    ],
)
def test_secrets_are_never_shown(before: Optional[FileState]) -> None:
    diff = FileChange(PATH, before, DesiredFile(PATH, "new-s3cret\n", 0o600, secret=True)).diff()
    assert "s3cret" not in str(diff)
    assert diff["before"] != diff["after"]


def test_same_secret_does_not_look_new() -> None:
    wanted = DesiredFile(PATH, "s3cret\n", 0o600, secret=True)
    same = FileChange(PATH, replace(NOW, content="s3cret\n"), wanted).diff()
    other = FileChange(PATH, replace(NOW, content="older\n"), wanted).diff()
    assert "(new " not in same["after"]
    assert "(new " in other["after"]
