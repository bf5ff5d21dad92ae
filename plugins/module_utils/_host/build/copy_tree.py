# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copy a directory that somebody else may change at the same time. Runs in the unit, without root's rights."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.trees import OPEN, walk

BLOCK = 1 << 20


def copy_tree(source: str, target: str, skip: Collection[str] = ()) -> None:
    """Copy files, directories and links into an empty directory; the copies are readable by everyone.

    Directories and files with a name in `skip` are left out.

    Every entry is opened without following links, so one that is replaced meanwhile is an error. Raise HostError.
    """
    top = os.open(source, OPEN)
    try:
        for one in walk(top, skip=skip):
            path = f"{target}/{one.path}"
            mode = one.status.st_mode
            if stat.S_ISDIR(mode):
                os.mkdir(path, 0o755)
            elif stat.S_ISLNK(mode):
                os.symlink(os.readlink(one.name, dir_fd=one.directory), path)
            elif stat.S_ISREG(mode):
                copy_file(one.name, path, one.directory)
            else:
                raise HostError("The source contains a device, a pipe or a socket.", one.path)
    finally:
        os.close(top)


def copy_file(name: str, path: str, directory: Optional[int] = None) -> None:
    """Copy a regular file; its name may be relative to a directory's descriptor. Raise HostError for anything else."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
    with os.fdopen(descriptor, "rb") as original:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise HostError("The source changed while it was copied.", path)
        mode = 0o755 if status.st_mode & stat.S_IXUSR else 0o644
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as copy:
            left = status.st_size  # a file that grows without end is copied only so far
            while left > 0:
                block = original.read(min(BLOCK, left))
                if not block:
                    break
                copy.write(block)
                left -= len(block)
        os.utime(path, ns=(status.st_mtime_ns, status.st_mtime_ns))
