# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of pip decides what is installed, and code of packages can write it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.lock_entries import lock_entries
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.pip_report import pins

DIGEST = "a" * 64


def report(
    url: Any = "https://h/x-1.whl", archive: Any = None, name: Any = "x", version: Any = "1", **more: Any
) -> str:
    download = {"url": url, "archive_info": {"hashes": {"sha256": DIGEST}} if archive is None else archive}
    return json.dumps(
        {"install": [{"metadata": {"name": name, "version": version}, "download_info": download, **more}]}
    )


def lines(text: str, asked: list[str]) -> list[str]:
    def digest(path: str) -> str:
        asked.append(path)
        return "b" * 64

    return [pin.line(digest) for pin in pins(text)]


@pytest.mark.parametrize(
    ("text", "line", "asked"),
    [
        pytest.param(report(), f"x==1 --hash=sha256:{DIGEST}\n", [], id="from the index"),
        pytest.param(
            report(archive={"hash": f"sha256={DIGEST}"}), f"x==1 --hash=sha256:{DIGEST}\n", [], id="as pip 22 writes it"
        ),
        pytest.param(
            report(is_direct=True), f"x @ https://h/x-1.whl --hash=sha256:{DIGEST}\n", [], id="from a URL in a file"
        ),
        pytest.param(
            report("file:///opt/x%201.whl", {}),
            f"x @ file:///opt/x%201.whl --hash=sha256:{'b' * 64}\n",
            ["/opt/x 1.whl"],
            id="local file",
        ),
        pytest.param(report(archive={}), "x==1\n", [], id="no hash"),
    ],
)
def test_lines(text: str, line: str, asked: list[str]) -> None:
    paths: list[str] = []
    assert (lines(text, paths), paths) == ([line], asked)
    lock_entries(line)


def test_directories_are_left_out() -> None:
    item = {"metadata": {"name": "x", "version": "1"}, "download_info": {"url": "file:///p", "dir_info": {}}}
    assert pins(json.dumps({"install": [item]})) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("", "it is empty", id="empty"),
        pytest.param("[1]", "not a dictionary", id="list"),
        pytest.param("{}", "`install` is missing", id="no packages"),
        pytest.param('{"install": 5}', "not a list", id="number for a list"),
        pytest.param('{"install": [5]}', "`install[0]`", id="number for a package"),
        pytest.param("[" * 100_000, "nested", id="deep"),
        pytest.param(report(name="x\n--index-url http://evil"), "not the name of a package", id="line in the name"),
        pytest.param(report(name=["x"]), "a list, not text", id="list for a name"),
        pytest.param(report(version="1 --index-url=http://evil"), "not a version", id="option in the version"),
        pytest.param(report("file:///x\n-e ."), "not a URL", id="line in the URL"),
        pytest.param(report("file:///x -e"), "not a URL", id="blank in the URL"),
        pytest.param(report(archive={"hashes": {"sha256": "x --index-url=h"}}), "not a digest", id="option in a hash"),
        pytest.param(report(archive={"hashes": {"a b": "0" * 64}}), "not the name of a hash", id="blank in a kind"),
        pytest.param(report(archive={"hashes": [1]}), "not a dictionary", id="list of hashes"),
        pytest.param(report(archive=5), "not a dictionary", id="number for an archive"),
    ],
)
def test_refused(text: str, problem: str) -> None:
    with pytest.raises(HostError) as caught:
        pins(text)
    assert caught.value.cause.startswith("The report of pip cannot be used: ") and problem in caught.value.cause


@pytest.mark.parametrize(
    ("download", "problem"),
    [
        ({"url": "https://h/x.git", "vcs_info": {"vcs": "git"}}, "x is installed from a repository"),
        ({"url": "file:///etc/shadow"}, "does not say what x is installed from"),
    ],
)
def test_what_cannot_be_pinned(download: dict[str, Any], problem: str) -> None:
    with pytest.raises(HostError, match=problem):
        pins(json.dumps({"install": [{"metadata": {"name": "x", "version": "1"}, "download_info": download}]}))
