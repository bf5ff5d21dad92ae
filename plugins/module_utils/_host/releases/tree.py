# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Record the contents of a directory, and compare them later without reading its files."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.tree import (
    CACHES,
    Differences,
    Tree,
    differences,
    entry,
    has_caches,
    with_content,
)

DIGITS = 32  # of SHA-256: enough to detect both accidents and deliberate changes
# What a deploy writes into a release after it was built.
NOTES = frozenset({"manifest.json", "checked.json", "failed.json"})


def read_damaged(layers: Mapping[str, Tree]) -> frozenset[str]:
    """Return the directories whose files differ from what was recorded."""
    return frozenset(
        path for path, recorded in layers.items() if recorded and os.path.isdir(path) and any(compare(path, recorded))
    )


def compare(directory: str, recorded: Tree) -> Differences:
    """Compare the directory with what was recorded, ignoring the notes that a deploy adds later."""
    return differences(
        recorded, read_tree(directory, has_caches(recorded)), lambda path: _content(f"{directory}/{path}"), NOTES
    )


def record_tree(directory: str) -> Tree:
    """Return the tree with a digest of each file; only here are all files read."""
    return {path: with_content(seen, _content(f"{directory}/{path}")) for path, seen in read_tree(directory).items()}


def _content(path: str) -> str:
    if not os.path.isfile(path) or os.path.islink(path):  # reading a pipe or a device would block
        return hashlib.sha256(os.fsencode(os.readlink(path) if os.path.islink(path) else "")).hexdigest()[:DIGITS]
    with open(path, "rb") as stream:
        digest = hashlib.sha256()
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()[:DIGITS]


def read_tree(directory: str, caches: bool = True) -> Tree:
    """Describe every file and link below the directory, with or without compiled code, by relative path."""
    found: dict[str, str] = {}
    # Relative to descriptors: the kernel would otherwise resolve the whole path for each of thousands of files.
    top = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        waiting = [""]
        while waiting:
            here = waiting.pop()
            descriptor = os.open(here or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
            try:
                _read_directory(descriptor, f"{here}/" if here else "", caches, found, waiting)
            finally:
                os.close(descriptor)
    finally:
        os.close(top)
    return found


def _read_directory(descriptor: int, prefix: str, caches: bool, found: dict[str, str], waiting: list[str]) -> None:
    with os.scandir(descriptor) as entries:
        for one in entries:
            path = prefix + one.name
            if one.is_dir(follow_symlinks=False):
                if caches or one.name != CACHES:
                    waiting.append(path)
                continue
            status = one.stat(follow_symlinks=False)
            kind = "l" if stat.S_ISLNK(status.st_mode) else "f"
            found[path] = entry(
                kind, status.st_mode, status.st_uid, status.st_size, status.st_mtime_ns, status.st_ctime_ns
            )
