# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hand a directory tree to the service user for a build, and take it back.

The service user may run code at the same time: anything that it can rename may have become a link. So nothing here
follows a link, and a directory changes its owner only while no other user can replace its contents.
"""

from __future__ import annotations

import os
import pwd
import stat


def give(path: str, user: str) -> None:
    """Make the user the owner, from the leaves up: a directory stays root's until its contents are handed over."""
    entry = pwd.getpwnam(user)
    for directory, _directories, files in os.walk(path, topdown=False):
        for name in files:
            os.lchown(f"{directory}/{name}", entry.pw_uid, entry.pw_gid)
        os.lchown(directory, entry.pw_uid, entry.pw_gid)


def seal(path: str) -> None:
    """Make root the owner, from the top down: everybody may read, nobody else may write."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        _seal(descriptor)
    finally:
        os.close(descriptor)


def _seal(directory: int) -> None:
    os.fchown(directory, 0, 0)
    os.fchmod(directory, 0o755)
    for name in os.listdir(directory):  # only now that nobody else can change it
        os.chown(name, 0, 0, dir_fd=directory, follow_symlinks=False)
        mode = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=directory)
            try:
                _seal(inner)
            finally:
                os.close(inner)
        elif stat.S_ISREG(mode):
            executable = 0o011 if mode & 0o100 else 0
            os.chmod(name, (stat.S_IMODE(mode) | 0o044 | executable) & 0o755, dir_fd=directory)
        elif not stat.S_ISLNK(mode):
            os.unlink(name, dir_fd=directory)  # a socket or pipe that a build left behind
