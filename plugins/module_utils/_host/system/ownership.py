# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hand an empty directory to a user for a build, and take it back with what was built in it.

The user may run code at the same time: anything that it can rename may have become a link. So nothing here follows a
link, and everything is done from the top down: what root owns, nobody else can replace.
"""

from __future__ import annotations

import os
import pwd
import stat

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.trees import OPEN, walk


def give(path: str, user: str) -> None:
    """Make the user the owner of an empty directory."""
    entry = pwd.getpwnam(user)
    directory = os.open(path, OPEN)
    try:
        os.fchown(directory, entry.pw_uid, entry.pw_gid)
    finally:
        os.close(directory)


def seal(path: str) -> None:
    """Make root the owner of everything: everybody may read, nobody else may write. Raise HostError as `walk` does."""
    top = os.open(path, OPEN)
    try:
        for one in walk(top, _take):
            mode = one.status.st_mode
            if stat.S_ISREG(mode):
                os.chown(one.name, 0, 0, dir_fd=one.directory, follow_symlinks=False)
                executable = 0o011 if mode & 0o100 else 0
                os.chmod(one.name, (stat.S_IMODE(mode) | 0o044 | executable) & 0o755, dir_fd=one.directory)
            elif stat.S_ISLNK(mode):
                os.chown(one.name, 0, 0, dir_fd=one.directory, follow_symlinks=False)
            elif not stat.S_ISDIR(mode):
                os.unlink(one.name, dir_fd=one.directory)  # a socket or pipe that a build left behind
    finally:
        os.close(top)


def _take(directory: int) -> None:
    os.fchown(directory, 0, 0)
    os.fchmod(directory, 0o755)
