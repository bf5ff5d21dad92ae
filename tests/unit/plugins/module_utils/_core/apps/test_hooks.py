# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.hooks import check_hooks, problem_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.source import Source
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.gunicorn_conf import render_hooks

LOCAL = Source("local", "/code")
KNOWN = ["on_exit", "post_fork", "worker_exit"]


@pytest.mark.parametrize("value", ["gunicorn_hooks.py", "ops/hooks.py"])
def test_a_file_of_the_source(value: str) -> None:
    assert check_hooks("v", value, LOCAL) == value


@pytest.mark.parametrize("value", [None, ""])
def test_none(value: Any) -> None:
    assert check_hooks("v", value, Source("packages", ("httpbin",))) == ""


@pytest.mark.parametrize(
    ("value", "source", "said"),
    [
        ("/etc/hooks.py", LOCAL, "not a Python file inside the source"),
        ("../hooks.py", LOCAL, "not a Python file inside the source"),
        ("shop.hooks", LOCAL, "not a Python file inside the source"),
        ("hooks.py", Source("packages", ("httpbin",)), "needs a source with files"),
        ("hooks.py", Source("archive", "https://example.com/shop-1.0-py3-none-any.whl"), "needs a source with files"),
    ],
)
def test_refused(value: str, source: Source, said: str) -> None:
    with pytest.raises(InputError, match=said):
        check_hooks("gunicorn_apps.shop.hooks", value, source)


def found(**more: Any) -> dict[str, Any]:
    return {"hooks": KNOWN, "names": [], "functions": [], "settings": {}, "error": "", **more}


@pytest.mark.parametrize(
    ("said_of_file", "problem"),
    [
        pytest.param(found(names=["os", "post_fork"], functions=["post_fork"]), "", id="a hook"),
        pytest.param(found(names=["post_fork"]), "", id="a hook that is imported"),
        pytest.param(found(error="invalid syntax"), "h.py is not valid Python: invalid syntax", id="syntax"),
        pytest.param(
            found(names=["post_fork", "workers"], settings={"workers": 7}),
            "h.py, line 7: 'workers' is a setting, not a hook; only hooks are used from this file. "
            "Put it into `settings`, or rename the variable.",
            id="a setting",
        ),
        pytest.param(
            found(names=["help_me", "post_frok"], functions=["help_me", "post_frok"]),
            "h.py defines none of the hooks of Gunicorn 27.0.1. Did you mean 'post_fork'?",
            id="mistyped",
        ),
        pytest.param(
            found(),
            "h.py defines none of the hooks of Gunicorn 27.0.1. Allowed: on_exit, post_fork, worker_exit.",
            id="empty",
        ),
    ],
)
def test_problem(said_of_file: dict[str, Any], problem: str) -> None:
    assert problem_of("h.py", said_of_file, "27.0.1") == problem


def test_only_hooks_are_taken(tmp_path: Path) -> None:
    """What else is in the file must not become a setting."""
    path = tmp_path / "it's hooks.py"
    hook = "def post_fork(server, worker):\n    seen.append(worker)\n    return seen\n"
    path.write_text(f"seen = []\nworkers = 99\n{hook}")
    namespace: dict[str, Any] = {}
    exec(compile(render_hooks(str(path), KNOWN), "gunicorn.conf.py", "exec"), namespace)
    assert "workers" not in namespace
    assert namespace["post_fork"](None, 1) == [1]
