# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Layers: complete or absent, whatever moment a run is killed at."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build import layer as building
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.layer import build_layer
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases import layers
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.layers import (
    MARKER,
    complete_layers,
    is_complete,
    remove_layer,
)

pytestmark = pytest.mark.usefixtures("owners")


@pytest.fixture(autouse=True)
def _no_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own disks have nothing to do with it."""
    monkeypatch.setattr(os, "sync", lambda: None)


@pytest.fixture
def layer(tmp_path: Path) -> str:
    return str(tmp_path / "venvs/v1")


def build(path: str) -> None:
    Path(path, "a").write_text("x")


def test_built(layer: str) -> None:
    assert not is_complete(layer)
    build_layer(layer, build, of="x")
    assert is_complete(layer)
    assert os.listdir(layer) == ["a"]
    about = json.loads(Path(layer + MARKER).read_text())
    assert about["of"] == "x"
    assert about["seconds"] >= 0
    assert complete_layers(os.path.dirname(layer)) == {layer}


def test_complete_is_not_built_again(layer: str) -> None:
    build_layer(layer, build)
    build_layer(layer, lambda path: pytest.fail("built again"))


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_failure_leaves_nothing(layer: str, error: type[BaseException]) -> None:
    def fail(path: str) -> None:
        build(path)
        raise error

    with pytest.raises(error):
        build_layer(layer, fail)
    assert os.listdir(os.path.dirname(layer)) == []


def test_marker_comes_last(layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is killed before everything is on disk leaves an absent layer, and the next one heals it."""

    def killed() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(building, "sync_disks", killed)
        with pytest.raises(KeyboardInterrupt):
            build_layer(layer, build)
    Path(layer).mkdir(exist_ok=True)
    Path(layer, "half").write_text("x")
    assert not is_complete(layer)
    assert complete_layers(os.path.dirname(layer)) == set()
    build_layer(layer, build)
    assert os.listdir(layer) == ["a"]


def test_marker_without_a_layer(layer: str) -> None:
    Path(layer).parent.mkdir()
    Path(layer + MARKER).write_text("{}")
    assert not is_complete(layer)
    assert complete_layers(os.path.dirname(layer)) == set()
    build_layer(layer, build)
    assert is_complete(layer)


def test_no_layers(tmp_path: Path) -> None:
    assert complete_layers(str(tmp_path / "none")) == set()


def test_removed(layer: str) -> None:
    build_layer(layer, build)
    remove_layer(layer)
    assert os.listdir(os.path.dirname(layer)) == []
    remove_layer(layer)


def test_removing_takes_the_marker_first(layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    build_layer(layer, build)

    def killed(path: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(layers, "remove_tree", killed)
    with pytest.raises(KeyboardInterrupt):
        remove_layer(layer)
    assert os.path.isdir(layer)
    assert not is_complete(layer)
