# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A directory as it was when it was built, against the same directory now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

CACHES = "__pycache__"  # Python's own, and half of all files of a virtual environment

Tree = Mapping[str, str]  # from a path to what identifies the file's content, without reading it


class Differences(NamedTuple):
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def entry(kind: str, mode: int, owner: int, size: int, changed_ns: int) -> str:
    """A change of content also changes the time, unless somebody takes care that it does not."""
    return f"{kind}{mode & 0o7777:04o} {owner} {size} {changed_ns}"


def differences(recorded: Tree, seen: Tree, notes: frozenset[str] = frozenset()) -> Differences:
    added = sorted(set(seen) - set(recorded) - notes)
    changed = sorted(path for path in recorded if path in seen and recorded[path] != seen[path])
    missing = sorted(set(recorded) - set(seen))
    return Differences(tuple(changed), tuple(added), tuple(missing))


def packages(differences_: Differences) -> dict[str, str]:
    """Packages of a virtual environment that differ: the name, and `added` or `changed` or `missing`."""
    found: dict[str, str] = {}
    for what in ("changed", "missing", "added"):
        for path in getattr(differences_, what):
            for part in path.split("/"):
                if part.endswith(".dist-info"):
                    found[part[: -len(".dist-info")].partition("-")[0]] = what
    return found
