# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.tree import (
    Differences,
    differences,
    entry,
    has_caches,
    packages,
    runs_at_start,
    with_content,
)

SEEN = {"app.py": "f0644 0 1 1 5", "lib/x.py": "f0644 0 2 2 5"}
RECORDED = {"app.py": "f0644 0 1 1 5 aaa", "lib/x.py": "f0644 0 2 2 5 xxx"}


@pytest.mark.parametrize(
    ("seen", "expected", "read"),
    [
        pytest.param(SEEN, Differences(), [], id="the same"),
        pytest.param({**SEEN, "app.py": "f0644 0 1 9 5"}, Differences(changed=("app.py",)), [], id="changed"),
        pytest.param({**SEEN, "app.py": "f0600 0 1 1 7"}, Differences(changed=("app.py",)), [], id="another mode"),
        pytest.param({**SEEN, "lib/x.py": "f0644 0 2 2 7"}, Differences(), ["lib/x.py"], id="touched, and no more"),
        pytest.param(
            {**SEEN, "app.py": "f0644 0 1 1 7"}, Differences(changed=("app.py",)), ["app.py"], id="its time put back"
        ),
        pytest.param({**SEEN, "new.py": "f"}, Differences(added=("new.py",)), [], id="added"),
        pytest.param({"app.py": "f0644 0 1 1 5"}, Differences(missing=("lib/x.py",)), [], id="gone"),
        pytest.param({**SEEN, "note": "f"}, Differences(), [], id="a note of ours"),
    ],
)
def test_differences(seen: dict[str, str], expected: Differences, read: list[str]) -> None:
    asked = []

    def content_of(path: str) -> str:
        asked.append(path)
        return "xxx"

    assert differences(RECORDED, seen, content_of, frozenset({"note"})) == expected
    assert asked == read


def test_entry() -> None:
    assert with_content(entry("f", 0o100644, 0, 12, 34, 56), "a1") == "f0644 0 12 34 56 a1"


def test_packages() -> None:
    found = Differences(
        changed=("lib/python3.11/site-packages/flask-3.0.dist-info/RECORD", "bin/x"),
        added=("lib/python3.11/site-packages/six-1.17.0.dist-info/METADATA", "lib/python3.11/site-packages/six.py"),
        missing=("lib/python3.11/site-packages/click-8.dist-info/METADATA",),
    )
    assert packages(found) == {"flask": "changed", "click": "missing", "six": "added"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("lib/python3.11/site-packages/evil.pth", True),
        ("lib/python3.11/site-packages/sitecustomize.py", True),
        ("lib/python3.11/site-packages/__pycache__/usercustomize.cpython-311.pyc", True),
        ("lib/python3.11/site-packages/flask/app.py", False),
        ("lib/python3.11/site-packages/pth.py", False),
    ],
)
def test_what_python_runs_at_every_start(path: str, expected: bool) -> None:
    assert runs_at_start(path) is expected


def test_records_with_and_without_compiled_code() -> None:
    assert has_caches({"x.py": "", "a/__pycache__/x.pyc": ""})
    assert not has_caches({"x.py": "", "__pycache__.py": "", "my__pycache__": ""})
