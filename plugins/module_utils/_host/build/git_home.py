# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The home directory of git in the unit: root's keys and credentials, as far as the URL needs them.

Repositories are reached with what the operator set up for root: deploy keys, known hosts, credential helpers. Git runs
as the build user, so copies are lent to it, in memory, for as long as it fetches; no other command sees them.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
from collections.abc import Iterator
from typing import Optional
from urllib.parse import urlsplit

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import BUILD_HOMES
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.trees import remove_tree

MOST = 64  # files in .ssh
LARGEST = 1 << 20  # bytes; known_hosts may have thousands of lines
# Git refuses a repository on this host that belongs to another user, which it does in a sandbox.
TRUST = "[safe]\n\tdirectory = *\n"


@contextlib.contextmanager
def git_home(home: str, user: str, url: str) -> Iterator[str]:
    """Provide the directory, which only the user can enter, at the path that is its home in /etc/passwd."""
    entry, own = pwd.getpwnam(user), pwd.getpwuid(0).pw_dir
    os.makedirs(BUILD_HOMES, mode=0o711, exist_ok=True)
    remove_tree(home)
    os.mkdir(home, mode=0o700)
    try:
        _write(f"{home}/.gitconfig", (_read(f"{own}/.gitconfig") or b"").replace(own.encode(), home.encode()), TRUST)
        if _needs_ssh(url):
            os.mkdir(f"{home}/.ssh", mode=0o700)
            for name in _names(f"{own}/.ssh"):
                content = _read(f"{own}/.ssh/{name}")
                if content is not None:
                    content = content.replace(own.encode(), home.encode()) if name == "config" else content
                    _write(f"{home}/.ssh/{name}", content)
        else:
            for name in (".netrc", ".git-credentials"):
                content = _read(f"{own}/{name}")
                if content is not None:
                    _write(f"{home}/{name}", content)
        # From the leaves up: a directory is root's until everything in it is handed over.
        for directory, _names_below, files in os.walk(home, topdown=False):
            for path in (*(f"{directory}/{name}" for name in files), directory):
                os.lchown(path, entry.pw_uid, entry.pw_gid)
        yield home
    finally:
        remove_tree(home)


def _needs_ssh(url: str) -> bool:
    """Return whether git uses ssh: `ssh://host/path` or `user@host:path`."""
    return urlsplit(url).scheme == "ssh" or ("://" not in url and ":" in url.split("/")[0])


def _names(directory: str) -> list[str]:
    try:
        return sorted(os.listdir(directory))[:MOST]
    except OSError:
        return []


def _read(path: str) -> Optional[bytes]:
    """Return the content of one of root's own small files, or None."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return None
        return stream.read(LARGEST)


def _write(path: str, content: bytes, before: str = "") -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(before.encode() + content)
