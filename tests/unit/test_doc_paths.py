# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every path of this repository that the documentation names is there, and every heading that it links to.

Pages name paths of hosts and of apps as well. A path is taken for one of the repository's when it is relative and its
first directory is one that the repository has, at one of the places where the pages let paths begin (`BASES`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("roles/*/README.md")])
PLUGINS = sorted(path for path in ROOT.glob("plugins/**/*") if path.suffix in (".py", ".yml"))
# `docs/x.md`, `modules/x.py`, `_core/x.py`, and what each role has: `meta/x.yml`.
BASES = (ROOT, ROOT / "plugins", ROOT / "plugins/module_utils", *sorted(ROOT.glob("roles/*")))
MADE = {line.strip("/\n") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()}

FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
CODE = re.compile(r"`([^`\n]+)`")
# Files of one directory in a row, of which only the first has a path: `_core/x.py`, `y.py` and `z.py`.
ROW = re.compile(r"`[^`\n]+`(?:(?:, (?:and |or )?| and | or )`[^`\n]+`)+")
LINK = re.compile(r"\]\(([^()\s]+)\)")
HALVES = re.compile(r"(?<![\w/.])_(?:core|host)/[\w/]*\w(?:\.\w+)?")
PLACEHOLDER = re.compile(r"<[^<>]*>|\{[^{}]*\}|…|[A-Z]{2,}")


def words(text: str) -> Iterator[str]:
    for word in re.split(r"[\s\"'|=]+", text):
        yield word.split("::")[0].strip("(),;:`").rstrip(".")


def ours(path: str) -> bool:
    first, slash, _rest = path.partition("/")
    named = re.fullmatch(r"[\w.-]+", first) and first not in (".", "..") and first not in MADE
    return bool(slash and named) and any((base / first).is_dir() for base in BASES)


def exists(path: str) -> bool:
    """`NAME`, `<id>`, `…` and `*` stand for anything, but something must be there; modules may lack their suffix."""
    if any((base / name).exists() for base in BASES for name in (path, f"{path}.py")):
        return True
    pattern = PLACEHOLDER.sub("*", path).rstrip("/")
    return "*" in pattern and any(next(base.glob(pattern), None) for base in BASES)


def in_rows(text: str) -> Iterator[str]:
    for row in ROW.findall(text):
        directory, suffix = "", ""
        for name in CODE.findall(row):
            path = PurePosixPath(name)
            if "/" in name:
                directory, suffix = (str(path.parent), path.suffix) if ours(name) else ("", "")
            elif suffix and path.suffix == suffix:
                yield f"{directory}/{name}"


def named(text: str) -> list[str]:
    """The paths of the repository in a page's code, inline and in blocks."""
    prose = FENCE.sub("", text)
    code = [*FENCE.findall(text), *CODE.findall(prose)]
    found = [word for part in code for word in words(part) if ours(word)]
    return sorted({*found, *in_rows(prose)})


def anchors(page: Path) -> set[str]:
    """The headings of a page, as GitHub makes links of them."""
    found: dict[str, int] = {}
    result = set()
    for heading in re.findall(r"^#+ +(.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.M):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        result.add(slug if slug not in found else f"{slug}-{found[slug]}")
        found[slug] = found.get(slug, 0) + 1
    return result


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


page = pytest.mark.parametrize("page", PAGES, ids=relative)


@page
def test_paths(page: Path) -> None:
    assert [path for path in named(page.read_text(encoding="utf-8")) if not exists(path)] == []


@page
def test_links(page: Path) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        path, _hash, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        target = (page.parent / path) if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize(
    "path", [path for path in PLUGINS if HALVES.search(path.read_text(encoding="utf-8"))], ids=relative
)
def test_docstrings_and_comments(path: Path) -> None:
    assert [name for name in HALVES.findall(path.read_text(encoding="utf-8")) if not exists(name)] == []


def test_there_is_something_to_check() -> None:
    found = {relative(page): named(page.read_text(encoding="utf-8")) for page in PAGES}
    assert "tests/unit/test_imports.py" in found["docs/architecture.md"]
    assert {"tests/system/drift_bank.py", "changelogs/fragments/"} <= set(found["docs/development.md"])
    assert any(HALVES.search(path.read_text(encoding="utf-8")) for path in PLUGINS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("`tests/unit/x.py`", ["tests/unit/x.py"], id="a path"),
        pytest.param("`_core/x.py` `_host/`", ["_core/x.py", "_host/"], id="short for module_utils"),
        pytest.param("`meta/argument_specs.yml`", ["meta/argument_specs.yml"], id="of each role"),
        pytest.param("`pytest tests/x.py::test_y --all`", ["tests/x.py"], id="in a command"),
        pytest.param("```console\n$ tests/x up\n```\n", ["tests/x"], id="in a block"),
        pytest.param("`_core/x.py`, `y.py` and `z.py` …", ["_core/x.py", "_core/y.py", "_core/z.py"], id="in a row"),
        pytest.param("`_core/x.py`, `_host/y.py`, `z.py`", ["_core/x.py", "_host/y.py", "_host/z.py"], id="the last"),
        pytest.param("`_core/x.py`, at the end of `gunicorn.conf.py`", ["_core/x.py"], id="no row"),
        pytest.param("`/etc/nginx/x`, `releases/<id>/x.py`, `bin/python`, `shared/`", [], id="on a host"),
        pytest.param("`.cache/test/`", [], id="made by a run"),
        pytest.param("tests/unit/x.py", [], id="prose"),
        pytest.param("`tests`, `_core`", [], id="a word"),
    ],
)
def test_what_counts_as_a_path(text: str, expected: list[str]) -> None:
    assert named(text) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/unit/test_doc_paths.py", True),
        ("tests/unit/", True),
        ("_core/base/errors.py", True),
        pytest.param("_core/base/errors", True, id="without its suffix"),
        ("meta/argument_specs.yml", True),
        pytest.param("plugins/modules/NAME.py", True, id="any"),
        ("roles/*/README.md", True),
        ("tests/unit/test_nothing.py", False),
        ("_core/NAME_nothing.py", False),
        ("meta/nothing.yml", False),
    ],
)
def test_what_exists(path: str, expected: bool) -> None:
    assert exists(path) is expected


def test_anchors(tmp_path: Path) -> None:
    page = tmp_path / "x.md"
    page.write_text("# What `a/b` does, and why\n```sh\n# no heading\n```\n## Twice\n## Twice\n", encoding="utf-8")
    assert anchors(page) == {"what-ab-does-and-why", "twice", "twice-1"}


def long_lines(text: str) -> list[str]:
    """Lines of prose beyond 120 characters; tables, code blocks, comments and what cannot be broken may be longer."""
    prose = re.sub(r"<!--.*?-->", "", FENCE.sub("", text), flags=re.S)
    return [
        line for line in prose.splitlines() if len(line) > 120 and not line.startswith("|") and " " in line.strip(" *-")
    ]


@page
def test_lines_end_at_120(page: Path) -> None:
    assert long_lines(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "long"),
    [
        pytest.param("a " * 61, 1, id="prose"),
        pytest.param("a " * 60, 0, id="just fits"),
        pytest.param("| " + "a " * 61, 0, id="table"),
        pytest.param("```\n" + "a " * 61 + "\n```", 0, id="code"),
        pytest.param("* " + "a" * 121, 0, id="what cannot be broken"),
    ],
)
def test_long_lines(text: str, long: int) -> None:
    assert len(long_lines(text)) == long
