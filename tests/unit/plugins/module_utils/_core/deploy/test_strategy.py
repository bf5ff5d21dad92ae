# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.options import (
    AUTO,
    RELOAD,
    RESTART,
    SEAMLESS,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.strategy import Case, choose, unreloadable
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import Manifest, SourceRecord

GIB = 1024**3
CASE = Case(live=["web"], renewed=[], needed=GIB, available=2 * GIB, unreloadable="")


@pytest.mark.parametrize(
    ("asked", "change", "strategy", "why"),
    [
        pytest.param(AUTO, {}, SEAMLESS, "1.0 GiB of the 2.0 GiB", id="auto"),
        pytest.param(AUTO, {"available": GIB // 2}, RESTART, "only 512 MiB is available", id="auto, too little memory"),
        pytest.param(AUTO, {"needed": 2 * GIB}, SEAMLESS, "2.0 GiB", id="auto, just enough"),
        pytest.param(AUTO, {"live": []}, RESTART, "no instance is serving yet", id="auto, first deploy"),
        pytest.param(AUTO, {"renewed": ["a.socket"]}, RESTART, "a.socket must be reopened", id="auto, new socket"),
        pytest.param(SEAMLESS, {"available": 0}, SEAMLESS, "as declared", id="seamless, whatever the memory"),
        pytest.param(SEAMLESS, {"renewed": ["a.socket"]}, RESTART, "reopened", id="seamless, new socket"),
        pytest.param(RESTART, {}, RESTART, "as declared", id="restart"),
        pytest.param(RELOAD, {}, RELOAD, "as declared", id="reload"),
        pytest.param(RELOAD, {"live": []}, RESTART, "no instance is serving yet", id="reload, first deploy"),
        pytest.param(RELOAD, {"unreloadable": "because"}, "", "because", id="reload that would not load the new code"),
    ],
)
def test_choice(asked: str, change: dict[str, Any], strategy: str, why: str) -> None:
    choice = choose(asked, CASE._replace(**change))
    assert choice.strategy == strategy
    assert why in choice.why


PATH = Manifest(source=SourceRecord(kind="path"), process="a")
UNKNOWN = PATH._replace(process="")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        pytest.param(PATH, PATH, "", id="other code in the same place"),
        pytest.param(PATH, PATH._replace(process="b"), "more than the code", id="settings"),
        pytest.param(Manifest(), PATH, "more than the code", id="a release of unknown making"),
        pytest.param(UNKNOWN, UNKNOWN, "more than the code", id="both of unknown making"),
        pytest.param(PATH, PATH._replace(preload=True), "preload_app", id="preload"),
        pytest.param(PATH, PATH._replace(source=SourceRecord(kind="git")), "its own paths", id="git"),
    ],
)
def test_unreloadable(old: Manifest, new: Manifest, why: str) -> None:
    found = unreloadable(old, new)
    assert why in found
    assert bool(found) == bool(why)
