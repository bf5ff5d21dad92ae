# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which releases and layers are no longer needed."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import (
    FailureNote,
    Manifest,
    Unusable,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.prune import (
    layers_to_prune,
    releases_to_prune,
)

MANIFESTS = {
    f"r{day}": Manifest(created=f"2026-01-0{day}", layers=(f"/src/s{day}", "/venvs/v1" if day < 3 else "/venvs/v3"))
    for day in range(1, 6)
}


@pytest.mark.parametrize(
    ("current", "keep", "in_use", "expected"),
    [
        pytest.param("r5", 5, (), [], id="no more than are kept"),
        pytest.param("r5", 9, (), [], id="fewer than are kept"),
        pytest.param("r5", 2, (), ["r1", "r2", "r3"], id="oldest first"),
        pytest.param("r5", 1, (), ["r1", "r2", "r3", "r4"], id="only the current one"),
        pytest.param("r1", 2, (), ["r2", "r3", "r4"], id="an old current one, and the newest"),
        pytest.param("r5", 1, ("r2",), ["r1", "r3", "r4"], id="one that a process uses"),
        pytest.param("r5", 3, ("r1", "r2"), ["r3", "r4"], id="those in use count"),
        pytest.param("", 2, (), ["r1", "r2", "r3"], id="no current one"),
        pytest.param("r9", 2, (), ["r1", "r2", "r3"], id="current one without a manifest"),
    ],
)
def test_releases(current: str, keep: int, in_use: tuple[str, ...], expected: list[str]) -> None:
    assert releases_to_prune(MANIFESTS, current, keep, "", in_use) == expected


def test_release_of_unknown_age_goes_first() -> None:
    assert releases_to_prune({**MANIFESTS, "x": Manifest()}, "r5", 5, "") == ["x"]


@pytest.mark.parametrize(
    ("lineage", "current", "keep", "expected"),
    [
        pytest.param(["r1", "r5"], "r5", 2, ["r2", "r3", "r4"], id="the one before, although others are younger"),
        pytest.param(["r1", "r3", "r2", "r5"], "r5", 3, ["r1", "r4"], id="the last ones before"),
        pytest.param(["r1", "r5"], "r5", 3, ["r2", "r3"], id="then the youngest"),
        pytest.param(["r2", "r1", "r2", "r5"], "r5", 2, ["r1", "r3", "r4"], id="live twice: the last time counts"),
        pytest.param(["r9", "r5"], "r5", 2, ["r1", "r2", "r3"], id="one that is gone"),
    ],
)
def test_what_a_rollback_would_take_stays(lineage: list[str], current: str, keep: int, expected: list[str]) -> None:
    assert releases_to_prune(MANIFESTS, current, keep, "", lineage=lineage) == expected


LAYERS = ["/src/s1", "/src/s4", "/src/s5", "/venvs/v1", "/venvs/v10", "/venvs/v3"]


@pytest.mark.parametrize(
    ("kept", "in_use", "expected"),
    [
        pytest.param(["r4", "r5"], [], ["/src/s1", "/venvs/v1", "/venvs/v10"], id="shared layers stay"),
        pytest.param(
            ["r5"], ["/venvs/v1/bin/python"], ["/src/s1", "/src/s4", "/venvs/v10"], id="a process runs from it"
        ),
        pytest.param(["r5"], ["/src/s4"], ["/src/s1", "/venvs/v1", "/venvs/v10"], id="a process stands in it"),
        pytest.param(
            ["r5"],
            ["/venvs/v100/bin"],
            ["/src/s1", "/src/s4", "/venvs/v1", "/venvs/v10"],
            id="a longer name is another",
        ),
        pytest.param([], [], LAYERS, id="nothing kept"),
    ],
)
def test_layers(kept: list[str], in_use: list[str], expected: list[str]) -> None:
    assert layers_to_prune(LAYERS, MANIFESTS, kept, in_use) == expected


@pytest.mark.parametrize(
    ("oldest_failed", "keep", "expected"),
    [
        pytest.param("2026-01-01", 2, ["r1", "r2"], id="it does not count, and stays for a look"),
        pytest.param("2026-01-09", 2, ["r1", "r2", "r4"], id="it failed too long ago"),
        pytest.param("2026-01-09", 9, ["r4"], id="too long ago, although there is room"),
    ],
)
def test_failed_releases(oldest_failed: str, keep: int, expected: list[str]) -> None:
    manifests = {**MANIFESTS, "r4": MANIFESTS["r4"]._replace(failed=FailureNote("2026-01-05", "ImportError"))}
    assert releases_to_prune(manifests, "r5", keep, oldest_failed) == expected


def test_failed_release_that_runs_stays() -> None:
    manifests = {**MANIFESTS, "r4": MANIFESTS["r4"]._replace(failed=FailureNote("2026-01-05", "put back"))}
    assert "r4" not in releases_to_prune(manifests, "r5", 1, "2026-01-09", ["r4"])


@pytest.mark.parametrize(
    ("oldest_failed", "in_use", "newer", "expected"),
    [
        pytest.param("2026-01-01", [], False, [], id="it stays for a look, and does not count"),
        pytest.param("2026-01-09", [], False, ["x"], id="damaged for long"),
        pytest.param("2026-01-09", ["x"], False, [], id="it runs"),
        pytest.param("2026-01-09", [], True, [], id="made by a newer collection"),
    ],
)
def test_releases_that_cannot_be_read(oldest_failed: str, in_use: list[str], newer: bool, expected: list[str]) -> None:
    unusable = {"x": Unusable("/r/x/manifest.json", "damaged", "2026-01-05", newer)}
    assert releases_to_prune(MANIFESTS, "r5", 5, oldest_failed, in_use, unusable=unusable) == expected
