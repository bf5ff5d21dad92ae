# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Code for the targets runs on Python 3.9."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
TARGET = [*sorted((PLUGINS / "module_utils").rglob("*.py")), *sorted((PLUGINS / "modules").rglob("*.py"))]
TYPES = {"None", "str", "int", "float", "bool", "bytes", "list", "dict", "set", "tuple", "frozenset", "object", "type"}


def parse(source: str) -> ast.Module:
    return ast.parse(source, feature_version=(3, 9))


def annotations(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if (isinstance(node, ast.arg) and node.annotation) or isinstance(node, ast.AnnAssign):
            yield node.annotation
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.returns:
            yield node.returns


def unions(node: ast.AST) -> set[ast.AST]:
    return {inner for inner in ast.walk(node) if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.BitOr)}


def is_type(node: ast.AST) -> bool:
    """Whether the expression can only be a type: then `X | Y` is a union and not an operation on values."""
    if isinstance(node, ast.Constant):
        return node.value is None
    if isinstance(node, ast.Subscript):
        return is_type(node.value)
    return isinstance(node, ast.Name) and (
        node.id in TYPES or node.id in ("Any", "Optional", "Union", "Mapping", "Sequence")
    )


def evaluated_unions(source: str) -> list[int]:
    """Lines with a union of types that is evaluated when the file is imported or run."""
    tree = parse(source)
    futures = {
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    }
    in_annotations = set().union(*(unions(annotation) for annotation in annotations(tree)))
    found = set() if "annotations" in futures else set(in_annotations)
    for node in unions(tree) - in_annotations:
        if is_type(node.left) or is_type(node.right):  # type: ignore[attr-defined]
            found.add(node)
    return sorted(node.lineno for node in found)  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(PLUGINS))) for path in TARGET])
def test_target_code(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert evaluated_unions(source) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("def f(x: int | None): ...", [1], id="annotation"),
        pytest.param(
            "from __future__ import annotations\ndef f(x: int | None) -> str | int: ...", [], id="never evaluated"
        ),
        pytest.param("from __future__ import annotations\nA = str | int", [2], id="alias"),
        pytest.param("from __future__ import annotations\nA = dict[str, int] | None", [2], id="alias of a generic"),
        pytest.param("from __future__ import annotations\nisinstance(1, int | str)", [2], id="call"),
        pytest.param("A = {1} | {2}\nB = x | y", [], id="sets and numbers"),
    ],
)
def test_unions(source: str, expected: list[int]) -> None:
    assert evaluated_unions(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("match x:\n    case 1: pass", id="match"),
        pytest.param("with (open('a') as a, open('b') as b,): pass", id="parenthesized with"),
        pytest.param("try: pass\nexcept* ValueError: pass", id="exception group"),
    ],
)
def test_newer_syntax_is_found(source: str) -> None:
    try:
        compiled = parse(source)
    except SyntaxError:
        return
    assert isinstance(compiled.body[0], ast.With), "only this one may pass: 3.9's own parser takes it as well"


def test_no_strict_zip() -> None:
    """An argument since 3.10."""
    for path in TARGET:
        for node in ast.walk(parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "zip":
                assert not node.keywords, f"{path}:{node.lineno}"
