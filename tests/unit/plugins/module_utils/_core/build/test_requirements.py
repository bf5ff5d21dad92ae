# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which packages an app asks for, and by which file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.requirements import (
    Requirements,
    needs_source,
    requirements,
)

Make = Callable[..., App]
LOCAL = {"local": "app"}
PROJECT = "[project]\nname = 'shop'\n"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"source": {"packages": ["x"]}}, False, id="packages"),
        pytest.param({"source": LOCAL}, True, id="local"),
        pytest.param({"source": {"git": "g"}}, True, id="git"),
        pytest.param({"source": {"path": "/x"}}, True, id="path"),
        pytest.param({"source": {"path": "/x", "venv": "/v"}}, False, id="own venv"),
        pytest.param({"source": {"archive": "x.tgz"}}, True, id="archive"),
        pytest.param({"source": {"archive": "x.whl"}}, False, id="wheel"),
        pytest.param({"source": LOCAL, "requirements": ["x"]}, False, id="list"),
        pytest.param({"source": LOCAL, "requirements": []}, False, id="empty list"),
        pytest.param({"source": LOCAL, "requirements": "x.txt"}, True, id="file"),
    ],
)
def test_needs_source(make_app: Make, options: dict[str, Any], expected: bool) -> None:
    assert needs_source(make_app(**options)) is expected


@pytest.mark.parametrize(
    ("options", "files", "uv", "expected"),
    [
        pytest.param({}, {}, True, Requirements("none"), id="no file at all"),
        pytest.param(
            {},
            {"requirements.txt": "x"},
            True,
            Requirements("file", (), "requirements.txt", {"requirements.txt": "x"}),
            id="requirements.txt",
        ),
        pytest.param(
            {},
            {"uv.lock": "l", "requirements.txt": "x", "pyproject.toml": PROJECT},
            True,
            Requirements("uv.lock", (), "uv.lock", {"uv.lock": "l"}),
            id="uv.lock first",
        ),
        pytest.param(
            {},
            {"uv.lock": "l", "pyproject.toml": PROJECT},
            False,
            Requirements("pyproject", (), "pyproject.toml", {"pyproject.toml": PROJECT}),
            id="uv.lock needs uv",
        ),
        pytest.param(
            {}, {"pyproject.toml": "[tool.ruff]\n"}, True, Requirements("none"), id="a pyproject of tools only"
        ),
        pytest.param(
            {"requirements": "prod.txt"},
            {"prod.txt": "x", "uv.lock": "l"},
            True,
            Requirements("file", (), "prod.txt", {"prod.txt": "x"}),
            id="named file wins",
        ),
        pytest.param({"requirements": ["x"]}, {"uv.lock": "l"}, True, Requirements("list", ("x",)), id="list wins"),
        pytest.param(
            {"requirements": []}, {"uv.lock": "l"}, True, Requirements("none", ()), id="an empty list is nothing"
        ),
        pytest.param(
            {"source": {"packages": ["shop"]}, "requirements": ["x"]},
            {},
            True,
            Requirements("list", ("shop", "x")),
            id="packages",
        ),
        pytest.param({"source": {"archive": "x.whl"}}, {}, True, Requirements("none"), id="wheel"),
    ],
)
def test_decision(
    make_app: Make, options: dict[str, Any], files: dict[str, str], uv: bool, expected: Requirements
) -> None:
    assert requirements(make_app(**{"source": LOCAL, **options}), files.get, uv) == expected


def test_named_file_must_be_there(make_app: Make) -> None:
    with pytest.raises(HostError, match=r"no file 'x\.txt'"):
        requirements(make_app(source=LOCAL, requirements="x.txt"), {}.get)


@pytest.mark.parametrize(
    ("file", "files", "expected"),
    [
        pytest.param(
            "a.txt", {"a.txt": "-r b.txt\n-c c.txt", "b.txt": "x", "c.txt": "y", "d.txt": "z"}, "abc", id="included"
        ),
        pytest.param(
            "a.txt", {"a.txt": "-r b.txt", "b.txt": "-r c.txt", "c.txt": "x"}, "abc", id="included by included"
        ),
        pytest.param("a.txt", {"a.txt": "-r b.txt", "b.txt": "-r a.txt"}, "ab", id="in circles"),
        pytest.param("a.txt", {"a.txt": "-r b.txt"}, "a", id="missing ones are the installer's to report"),
        pytest.param("a.lock", {"a.lock": "-r b.txt", "b.txt": "x"}, "ab", id="whatever the file is called"),
    ],
)
def test_included_files(make_app: Make, file: str, files: dict[str, str], expected: str) -> None:
    found = requirements(make_app(source=LOCAL, requirements=file), files.get)
    assert sorted(name[0] for name in found.texts) == list(expected)


def test_included_files_are_relative_to_the_including_one(make_app: Make) -> None:
    files = {"reqs/prod.txt": "-r base.txt\n-c ../limits.txt", "reqs/base.txt": "x", "limits.txt": "y", "base.txt": "z"}
    found = requirements(make_app(source=LOCAL, requirements="reqs/prod.txt"), files.get)
    assert sorted(found.texts) == ["limits.txt", "reqs/base.txt", "reqs/prod.txt"]


def file(text: str, name: str = "requirements.txt") -> Requirements:
    return Requirements("file", (), name, {name: text})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(file("a==1\n"), file("# why\na==1  \n\n"), True, id="comments and blanks"),
        pytest.param(file("a==1\n"), file("a==2\n"), False, id="version"),
        pytest.param(file("a==1\nb\n"), file("b\na==1\n"), False, id="order decides between constraints"),
        pytest.param(
            file("x = 1\n", "uv.lock"), file("# c\nx = 1\n", "uv.lock"), False, id="other formats as they are"
        ),
        pytest.param(Requirements("list", ("a",)), Requirements("list", ("b",)), False, id="items"),
        pytest.param(Requirements("none"), Requirements("list"), False, id="kind"),
        pytest.param(file("a", "a.txt"), file("a", "b.txt"), False, id="file"),
        pytest.param(file("# a \\\nb==1\n"), file("# a \\\nb==2\n"), False, id="version below a comment"),
    ],
)
def test_identity(one: Requirements, other: Requirements, same: bool) -> None:
    assert (one.identity == other.identity) is same
