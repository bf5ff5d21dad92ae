# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A directory as it was when it was built, against the same directory now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

CACHES = "__pycache__"  # Python's own, and half of all files of a virtual environment
Tree = Mapping[str, str]  # from a path to what is known of the file


class Differences(NamedTuple):
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def entry(kind: str, mode: int, owner: int, size: int, modified_ns: int, touched_ns: int) -> str:
    """What is seen without reading the file. The last is the inode's own time, which nobody can put back: where only
    that differs, the content decides.
    """
    return f"{kind}{mode & 0o7777:04o} {owner} {size} {modified_ns} {touched_ns}"


def with_content(seen: str, content: str) -> str:
    return f"{seen} {content}"


def differences(
    recorded: Tree, seen: Tree, content_of: Callable[[str], str], notes: frozenset[str] = frozenset()
) -> Differences:
    """`recorded` has the content of each file, too; `content_of` reads one, and is asked only where it must be."""
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
    """Packages of a virtual environment that differ: the name, and `added` or `changed` or `missing`."""
    found: dict[str, str] = {}
    for what in ("changed", "missing", "added"):
        for path in getattr(differences_, what):
            for part in path.split("/"):
                if part.endswith(".dist-info"):
                    found[part[: -len(".dist-info")].partition("-")[0]] = what
    return found
