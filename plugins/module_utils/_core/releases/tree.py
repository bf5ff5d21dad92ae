# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare a directory with what it contained when it was built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

CACHES = "__pycache__"  # compiled code, which Python runs without comparing it with the code beside it
Tree = Mapping[str, str]  # by path: what was recorded about the file


class Differences(NamedTuple):
    """The relative paths that differ."""

    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def entry(kind: str, mode: int, owner: int, size: int, modified_ns: int, touched_ns: int) -> str:
    """Describe a file without reading it. `touched_ns` is the inode's change time, which cannot be reset: if only that
    differs, the content decides.
    """
    return f"{kind}{mode & 0o7777:04o} {owner} {size} {modified_ns} {touched_ns}"


def with_content(seen: str, content: str) -> str:
    return f"{seen} {content}"


def has_caches(recorded: Tree) -> bool:
    """Tell whether compiled code was recorded. Earlier versions left it out, so what is found now proves nothing."""
    inside = f"{CACHES}/"
    return any(inside in path for path in recorded)


def differences(
    recorded: Tree, seen: Tree, content_of: Callable[[str], str], notes: frozenset[str] = frozenset()
) -> Differences:
    """Compare the trees. `recorded` includes a digest of each file; `content_of` computes one, and only when needed."""
    added = sorted(set(seen) - set(recorded) - notes)
    changed = sorted(
        path for path in recorded if path in seen and _changed(path, recorded[path], seen[path], content_of)
    )
    missing = sorted(set(recorded) - set(seen))
    return Differences(tuple(changed), tuple(added), tuple(missing))


def _changed(path: str, recorded: str, seen: str, content_of: Callable[[str], str]) -> bool:
    known, _space, content = recorded.rpartition(" ")
    if known == seen:
        return False
    return known.rpartition(" ")[0] != seen.rpartition(" ")[0] or content != content_of(path)


def packages(differences_: Differences) -> dict[str, str]:
    """Return the packages of a virtual environment that differ, by name: `added`, `changed` or `missing`."""
    found: dict[str, str] = {}
    for what in ("changed", "missing", "added"):
        for path in getattr(differences_, what):
            for part in path.split("/"):
                if part.endswith(".dist-info"):
                    found[part[: -len(".dist-info")].partition("-")[0]] = what
    return found


def runs_at_start(path: str) -> bool:
    """Tell whether Python runs a file of a virtual environment at every start, whatever is imported."""
    return path.endswith(".pth") or path.rpartition("/")[2].partition(".")[0] in ("sitecustomize", "usercustomize")
