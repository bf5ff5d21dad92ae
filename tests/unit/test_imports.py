# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may import what: the pure core knows nothing of the host, and nothing of Ansible; rooms know only those below."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
MODULE_UTILS = PLUGINS / "module_utils"
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

# The rooms of each half, from the ground up: a file imports from its own room and from those above it in the list.
# `_host` may import from all of `_core` as well.
ROOMS = {
    "_core": (
        "base",  # values that everything uses: errors, files, layout, sizes
        "systemd",  # units as texts
        "health",  # the request that proves an app
        "gunicorn",  # what Gunicorn's settings and worker classes mean
        "sizing",  # how many workers
        "proxy",  # nginx's files
        "kernel",  # kernel settings, tmpfs, limits
        "checks",  # what an import told
        "apps",  # an app as declared
        "machine",  # what gunicorn_host declares
        "build",  # requirements and locks
        "processes",  # what runs, compared with what is declared
        "releases",  # what a release is made of
        "deploy",  # what changes, and in which steps
        "drift",  # what differs, as findings
    ),
    "_host": (
        "system",  # files, processes, users, commands
        "systemd",  # units that are started and asked
        "health",  # requests
        "releases",  # releases on disk
        "processes",  # what runs
        "machine",  # packages, uv, what the host has
        "kernel",  # kernel settings and mounts
        "proxy",  # nginx
        "checks",  # imports and settings, tried in units of their own
        "build",  # sources and virtual environments
        "deploy",  # from a plan to what runs
        "drift",  # what differs
        "modules",  # one door for each module
    ),
}
MOST_FILES = 14  # in a room; more are two rooms


def sources() -> Iterator[Path]:
    return (path for path in sorted(PLUGINS.rglob("*.py")))


def shared_sources() -> Iterator[Path]:
    return (path for path in sources() if MODULE_UTILS in path.parents)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


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
    found = set(imported(parsed(path)))
    assert sorted(name for name in found if not allowed(name, rules)) == []


# Names that are in every namespace, and reach the world outside without an import.
EFFECTS = {"open", "input", "print", "exec", "eval", "__import__", "breakpoint"}


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.relative_to(MODULE_UTILS).as_posix())
        for path in shared_sources()
        if "_core" in path.relative_to(MODULE_UTILS).parts
    ],
)
def test_core_has_no_effects(path: Path) -> None:
    calls = (node.func for node in ast.walk(parsed(path)) if isinstance(node, ast.Call))
    assert sorted({call.id for call in calls if isinstance(call, ast.Name)} & EFFECTS) == []


def test_there_is_something_to_check() -> None:
    places = {path.relative_to(PLUGINS).parts[0] for path in sources()}
    assert places >= {"module_utils", "modules", "action", "plugin_utils"}
    assert {path.relative_to(MODULE_UTILS).parts[0] for path in shared_sources()} == {"_core", "_host"}


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


# -- rooms


def room_of(file: str) -> str:
    """`_core/apps/normalize.py` is in `_core/apps`."""
    return file.rpartition("/")[0]


@cache
def graph() -> Mapping[str, frozenset[str]]:
    """The files of module_utils, each with those that it imports."""
    files = {path.relative_to(MODULE_UTILS).as_posix(): path for path in shared_sources()}
    return {file: frozenset(targets(imported(parsed(path)), files)) for file, path in files.items()}


def targets(names: Iterable[str], files: Mapping[str, Path]) -> Iterator[str]:
    """The files that the imported names are in: a name is one of the file's, or the file itself."""
    for name in names:
        if name.startswith((f"{CORE}.", f"{HOST}.")):
            path = name[len(f"{COLLECTION}module_utils.") :].replace(".", "/")
            found = [file for file in (f"{path}.py", f"{room_of(path)}.py") if file in files]
            assert found, f"{name} is in no file"
            yield found[0]


def between_rooms(files: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    rooms: dict[str, set[str]] = {}
    for file, others in files.items():
        rooms.setdefault(room_of(file), set()).update(room_of(other) for other in others)
    return {room: others - {room} for room, others in rooms.items()}


def circle(edges: Mapping[str, Iterable[str]]) -> list[str]:
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as exc:
        return list(exc.args[1])
    return []


def below(room: str) -> set[str]:
    """The rooms of the same half that a file in this one may import from."""
    half, _slash, name = room.partition("/")
    return {f"{half}/{other}" for other in ROOMS[half][: ROOMS[half].index(name) + 1]}


def test_every_file_is_in_a_room() -> None:
    assert {room_of(file) for file in graph()} == {f"{half}/{room}" for half, rooms in ROOMS.items() for room in rooms}


def test_the_architecture_describes_every_room() -> None:
    """In the order in which they may import from each other."""
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    described = re.findall(r"^\| `(_\w+/\w+)` \| .+ \|$", page, re.M)
    assert described == [f"{half}/{room}" for half, rooms in ROOMS.items() for room in rooms]


@pytest.mark.parametrize("file", graph())
def test_rooms(file: str) -> None:
    """Only downwards; see ROOMS."""
    room = room_of(file)
    half = room.partition("/")[0]
    same_half = {other for other in graph()[file] if other.startswith(f"{half}/")}
    assert sorted(other for other in same_half if room_of(other) not in below(room)) == []


def test_no_circle_of_files() -> None:
    assert circle(graph()) == []


def test_no_circle_of_rooms() -> None:
    assert circle(between_rooms(graph())) == []


@pytest.mark.parametrize(
    ("edges", "files", "rooms"),
    [
        pytest.param({"_core/a/x.py": ["_core/b/y.py"]}, False, False, id="none"),
        pytest.param({"_core/a/x.py": ["_core/a/y.py"]}, False, False, id="within a room"),
        pytest.param({"_core/a/x.py": ["_core/a/y.py"], "_core/a/y.py": ["_core/a/x.py"]}, True, False, id="files"),
        pytest.param({"_core/a/x.py": ["_core/b/y.py"], "_core/b/z.py": ["_core/a/w.py"]}, False, True, id="rooms"),
    ],
)
def test_circles_are_found(edges: Mapping[str, list[str]], files: bool, rooms: bool) -> None:
    assert (bool(circle(edges)), bool(circle(between_rooms(edges)))) == (files, rooms)


def test_rooms_are_small() -> None:
    """Modules are exempt: Ansible finds them in one folder only."""
    counts = Counter(path.parent for path in sources() if path.parent.name != "modules" or MODULE_UTILS in path.parents)
    assert {str(folder.relative_to(PLUGINS)): count for folder, count in counts.items() if count > MOST_FILES} == {}


def test_no_init_files() -> None:
    """Ansible makes packages of folders by itself; it packs an `__init__.py` into every payload."""
    assert [path for path in sources() if path.name == "__init__.py"] == []


# -- doors


def through_the_door(name: str) -> bool:
    """Whether a module may import this name of ours: what does its work, or its options."""
    place = room_of(name.replace(".", "/"))
    core = place.startswith(f"{CORE}.".replace(".", "/"))
    return place.endswith("/options") if core else name.startswith(f"{HOST}.modules.")


@pytest.mark.parametrize("path", sorted((PLUGINS / "modules").glob("*.py")), ids=lambda path: path.stem)
def test_modules_use_their_doors(path: Path) -> None:
    """What a module does is done in `_host/modules/`; the module itself is its documentation and its options."""
    ours = [name for name in imported(parsed(path)) if name.startswith(COLLECTION)]
    assert [name for name in ours if not through_the_door(name)] == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(f"{HOST}.modules.parts.run_part", True, id="door"),
        pytest.param(f"{CORE}.apps.options.MODULE_OPTIONS", True, id="options"),
        pytest.param(f"{HOST}.system.run.Runner", False, id="past the door"),
        pytest.param(f"{CORE}.apps.normalize.normalize", False, id="work of the core"),
        pytest.param(f"{HOST}.options.X", False, id="options are pure"),
    ],
)
def test_doors_themselves(name: str, expected: bool) -> None:
    assert through_the_door(name) is expected


def test_who_only_looks_does_not_send_a_deploy() -> None:
    """Ansible packs what is reachable by imports, those inside functions too; this is most of a run without changes."""
    edges = graph()
    reached: set[str] = set()
    todo = ["_host/modules/site.py", "_host/modules/drift.py"]
    while todo:
        file = todo.pop()
        if file not in reached:
            reached.add(file)
            todo += edges[file]
    assert "_host/deploy/apps.py" in reached
    assert reached & {"_host/deploy/carry_out.py", "_host/deploy/deploy.py", "_host/build/build.py"} == set()


# -- tests


UNIT_TESTS = ROOT / "tests/unit/plugins/module_utils"


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in sorted(UNIT_TESTS.rglob("test_*.py"))])
def test_unit_tests_mirror_the_rooms(path: Path) -> None:
    """`apps/test_source.py`, or `apps/test_source_MORE.py`, is about `apps/source.py`."""
    folder = MODULE_UTILS / path.parent.relative_to(UNIT_TESTS)
    about = path.stem[len("test_") :]
    assert [file.stem for file in folder.glob("*.py") if f"{about}_".startswith(f"{file.stem}_")] != []
