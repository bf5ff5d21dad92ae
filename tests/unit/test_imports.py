# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may import what: the pure core knows nothing of the host, and nothing of Ansible."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
COLLECTION = "ansible_collections.wsgiops.gunicorn.plugins."
CORE, HOST, UTIL = (COLLECTION + place for place in ("module_utils._core", "module_utils._host", "plugin_utils"))

# What the standard library offers to pure code; everything else in it reaches the world outside.
PURE = {
    "__future__", "ast", "base64", "binascii", "bisect", "collections", "copy", "dataclasses", "difflib", "enum",
    "fnmatch", "functools",
    "hashlib", "heapq", "hmac", "ipaddress", "itertools", "json", "math", "operator", "posixpath", "re",
    "shlex", "string", "textwrap", "types", "typing", "unicodedata", "urllib.parse",
}  # fmt: skip
STANDARD = set(getattr(sys, "stdlib_module_names", ()))  # since Python 3.10
RULES = {
    "module_utils/_core": (CORE, *PURE),
    "module_utils/_host": (CORE, HOST, "stdlib"),
    "modules": (CORE, HOST, "stdlib", "ansible.module_utils"),
    "plugin_utils": (CORE, UTIL, "stdlib", "ansible"),
    "filter": (CORE, UTIL, "stdlib", "ansible"),
    "action": (CORE, UTIL, "stdlib", "ansible"),
    "callback": (CORE, UTIL, "stdlib", "ansible"),
    "lookup": (CORE, UTIL, "stdlib", "ansible"),
    "test": (CORE, UTIL, "stdlib", "ansible"),
    "doc_fragments": ("__future__",),
}


def sources() -> Iterator[Path]:
    return (path for path in sorted(PLUGINS.rglob("*.py")))


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, at whatever place of the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def allowed(name: str, rules: tuple[str, ...]) -> bool:
    if "stdlib" in rules and name.partition(".")[0] in STANDARD:
        return True
    return any(name == rule or name.startswith(f"{rule}.") for rule in rules)


def rules_for(path: Path) -> tuple[str, ...]:
    relative = path.relative_to(PLUGINS).as_posix()
    return next(rules for place, rules in RULES.items() if relative.startswith(f"{place}/"))


@pytest.mark.skipif(not STANDARD, reason="this Python does not know the names of its library")
@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(PLUGINS))) for path in sources()])
def test_imports(path: Path) -> None:
    rules = rules_for(path)
    found = set(imported(ast.parse(path.read_text(encoding="utf-8"))))
    assert sorted(name for name in found if not allowed(name, rules)) == []


# Names that are in every namespace, and reach the world outside without an import.
EFFECTS = {"open", "input", "print", "exec", "eval", "__import__", "breakpoint"}


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.name) for path in sources() if path.parent.name == "_core"]
)
def test_core_has_no_effects(path: Path) -> None:
    calls = (node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    assert sorted({call.id for call in calls if isinstance(call, ast.Name)} & EFFECTS) == []


def test_utils_are_internal() -> None:
    """What has no underscore in its path is public, and may not change between major versions."""
    utils = [
        path.relative_to(PLUGINS).parts for path in sources() if path.relative_to(PLUGINS).parts[0].endswith("_utils")
    ]
    assert utils
    assert [parts for parts in utils if not parts[1].startswith("_")] == []


def test_there_is_something_to_check() -> None:
    assert {path.parent.name for path in sources()} >= {"_core", "_host", "modules", "action", "plugin_utils"}


@pytest.mark.parametrize(
    ("source", "place", "expected"),
    [
        pytest.param("import os", "module_utils/_core", ["os"], id="os in the core"),
        pytest.param("def f():\n    import time", "module_utils/_core", ["time"], id="inside a function"),
        pytest.param(
            "from urllib.request import urlopen",
            "module_utils/_core",
            ["urllib.request.urlopen"],
            id="network in the core",
        ),
        pytest.param("from urllib.parse import quote", "module_utils/_core", [], id="pure part of a package"),
        pytest.param("import yaml", "module_utils/_host", ["yaml"], id="third party on the host"),
        pytest.param(
            "from ansible.module_utils.basic import AnsibleModule",
            "module_utils/_host",
            ["ansible.module_utils.basic.AnsibleModule"],
            id="ansible on the host",
        ),
        pytest.param(f"from {HOST} import run", "module_utils/_core", [f"{HOST}.run"], id="host in the core"),
        pytest.param(f"from {HOST} import run", "action", [f"{HOST}.run"], id="host on the controller"),
        pytest.param(f"from {UTIL} import apps", "modules", [f"{UTIL}.apps"], id="controller on the host"),
    ],
)
def test_the_rules_themselves(source: str, place: str, expected: list[str]) -> None:
    assert [name for name in imported(ast.parse(source)) if not allowed(name, RULES[place])] == expected
