# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The installer: which version is there, which is linked, and what a killed run has left."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.options import UV_VERSION
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.uv import (
    LINK,
    ROOT,
    WHEELS,
    Recorded,
    UvState,
    check_hashes,
    check_version,
    plan_uv,
)

LINKED = f"link {LINK} to uv 0.13.8"


@pytest.mark.parametrize(
    ("entries", "link", "complete", "changes"),
    [
        pytest.param([], "", [], ["install uv 0.13.8", LINKED], id="pristine"),
        pytest.param(["uv", "uv-0.13.8"], "uv-0.13.8/uv", ["0.13.8"], [], id="there"),
        pytest.param(["uv-0.13.8"], "", ["0.13.8"], [LINKED], id="killed before the link"),
        pytest.param(["uv", "uv-0.13.8"], "uv-0.13.8/uv", [], ["install uv 0.13.8"], id="binary gone"),
        pytest.param(
            ["uv", "uv-0.13.8", ".uv-build-ab1", "uv.tmp"],
            "uv-0.13.8/uv",
            ["0.13.8"],
            [f"remove {ROOT}/.uv-build-ab1", f"remove {ROOT}/uv.tmp"],
            id="killed while building",
        ),
        pytest.param(
            ["uv", "uv-0.12.0"],
            "uv-0.12.0/uv",
            [],
            ["install uv 0.13.8", f"{LINKED} (was 0.12.0)", f"remove {ROOT}/uv-0.12.0"],
            id="other version",
        ),
        pytest.param(["uv"], "", [], ["install uv 0.13.8", LINKED], id="a file where the link should be"),
        pytest.param(["uv", "uv-0.13.8", "uv-notes"], "uv-0.13.8/uv", ["0.13.8"], [], id="foreign entries stay"),
    ],
)
def test_plan(entries: list[str], link: str, complete: list[str], changes: list[str]) -> None:
    plan = plan_uv("0.13.8", UvState(frozenset(entries), link, frozenset(complete)))
    assert [*map(str, plan.changes)] == changes


@pytest.mark.parametrize("version", ["latest", "0.13", ">=0.13.8", "0.13.8 ; x", "", "0.13.8/../x"])
def test_refused_versions(version: str) -> None:
    with pytest.raises(InputError) as caught:
        check_version("v", version)
    assert "Pin one release" in str(caught.value)


@pytest.mark.parametrize("version", ["0.13.8", "1.0.0rc1"])
def test_versions(version: str) -> None:
    assert check_version("v", version) == version


A, B = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("hashes", "version", "expected"),
    [
        pytest.param([], UV_VERSION, tuple(WHEELS[UV_VERSION].values()), id="the default version is known"),
        pytest.param([f"sha256:{A}"], UV_VERSION, (A,), id="nothing but what is given"),
        pytest.param([f"sha256:{A}", B], "0.99.0", (A, B), id="another version"),
    ],
)
def test_hashes(hashes: list[str], version: str, expected: tuple[str, ...]) -> None:
    assert check_hashes("v", hashes, version) == expected


@pytest.mark.parametrize(
    ("hashes", "version", "problem"),
    [
        ([], "0.99.0", "no hash of uv 0.99.0 is known here"),
        (["md5:0"], UV_VERSION, "is not of the form"),
        ([A[:-1]], UV_VERSION, "is not of the form"),
        ([f"sha256:{A} --index-url=x"], UV_VERSION, "is not of the form"),
        ([f"sha256:{A}\n"], UV_VERSION, "is not of the form"),
        ([A.upper()], UV_VERSION, "is not of the form"),
    ],
)
def test_refused_hashes(hashes: list[str], version: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        check_hashes("v", hashes, version)


def test_known_hashes_are_hashes() -> None:
    known = [text for platforms in WHEELS.values() for text in platforms.values()]
    assert all(re.fullmatch("[0-9a-f]{64}", text) for text in known) and len(set(known)) == len(known)


@pytest.mark.parametrize(
    ("record", "known"),
    [
        ({"sha256": A, "size": 1, "changed": 2}, True),
        ({"sha256": A, "size": 1}, False),
        ({"sha256": A, "size": "1", "changed": 2}, False),
        ({"sha256": A, "size": 1, "changed": 2, "more": 3}, False),
        ([], False),
        (None, False),
    ],
)
def test_record(record: Any, known: bool) -> None:
    assert Recorded.read(record) == (Recorded(A, 1, 2) if known else None)
