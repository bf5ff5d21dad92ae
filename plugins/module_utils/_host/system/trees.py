# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Walk directory trees that others made: relative to descriptors, without recursion, following no link."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError

DEEPEST = 100  # directories inside each other
MOST = 500_000  # files, links and directories
LARGEST = 50 << 30  # bytes
OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class Entry(NamedTuple):
    """Something in a directory; `directory` is an open descriptor, valid until the next entry is asked for."""

    directory: int
    name: str
    path: str  # relative to the top
    status: os.stat_result


def walk(
    top: int, enter: Callable[[int], None] = lambda _directory: None, skip: Collection[str] = ()
) -> Iterator[Entry]:
    """Return all entries below the directory, a directory before its contents, except those whose names are skipped.

    `enter` is called with each directory before it is listed. Raise HostError if the tree is deeper or larger than any
    sensible one: what walks it later would run out of descriptors, memory or time.
    """
    levels: list[tuple[int, str, list[str]]] = []
    count = size = 0
    try:
        levels.append(_level(os.dup(top), "", enter, skip))
        while levels:
            directory, prefix, names = levels[-1]
            if not names:
                levels.pop()
                os.close(directory)
                continue
            name = names.pop()
            status = os.stat(name, dir_fd=directory, follow_symlinks=False)
            count += 1
            size += status.st_size if stat.S_ISREG(status.st_mode) else 0
            if count > MOST:
                raise HostError(f"There are more than {MOST} files.", prefix)
            if size > LARGEST:
                raise HostError(f"The files are larger than {LARGEST >> 30} GiB.", prefix)
            yield Entry(directory, name, prefix + name, status)
            if stat.S_ISDIR(status.st_mode):
                if len(levels) >= DEEPEST:
                    raise HostError(f"There are more than {DEEPEST} directories inside each other.", prefix[:200])
                levels.append(_level(os.open(name, OPEN, dir_fd=directory), f"{prefix}{name}/", enter, skip))
    finally:
        for directory, _prefix, _names in levels:
            os.close(directory)


def _level(
    directory: int, prefix: str, enter: Callable[[int], None], skip: Collection[str]
) -> tuple[int, str, list[str]]:
    try:
        enter(directory)
        names = [name for name in os.listdir(directory) if name not in skip]
        return directory, prefix, sorted(names, reverse=True)
    except BaseException:
        os.close(directory)
        raise


def remove_tree(path: str) -> None:
    """Remove the directory and everything in it, however deep; it need not exist. A link is refused."""
    try:
        top = os.open(path, OPEN)
    except FileNotFoundError:
        return
    try:
        _empty(top)
    finally:
        os.close(top)
    os.rmdir(path)


def _empty(top: int) -> None:
    """Remove all contents. A directory inside another is moved to the top first, so that depth does not matter."""
    number = 0
    waiting = os.listdir(top)
    while waiting:
        name = waiting.pop()
        if not _unlink(top, name):
            continue
        directory = os.open(name, OPEN, dir_fd=top)
        try:
            for inner in os.listdir(directory):
                if _unlink(directory, inner):
                    number += 1
                    aside = f".removed-{os.getpid()}-{number}"
                    os.rename(inner, aside, src_dir_fd=directory, dst_dir_fd=top)
                    waiting.append(aside)
        finally:
            os.close(directory)
        os.rmdir(name, dir_fd=top)


def _unlink(directory: int, name: str) -> bool:
    """Remove what is not a directory; return whether it is one."""
    if stat.S_ISDIR(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode):
        return True
    os.unlink(name, dir_fd=directory)
    return False
