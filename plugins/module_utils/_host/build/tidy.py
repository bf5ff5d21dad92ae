# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a foreign source fit to be a layer: no link leads out of it, no compiled code is in it. Runs in the unit."""

from __future__ import annotations

import os
import stat

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.trees import OPEN, remove_tree, walk

CACHE = "__pycache__"


def tidy(directory: str, drop_links: bool = False) -> None:
    """Remove compiled code, and refuse what is neither a file, a directory, nor a link to something inside.

    With `drop_links`, links that lead outside are removed instead. Raise HostError, also for a tree that is too deep or
    too large.
    """
    caches, links = [], []
    top = os.open(directory, OPEN)
    try:
        for one in walk(top):
            mode = one.status.st_mode
            if CACHE in one.path.split("/")[:-1]:
                continue
            if one.name == CACHE:
                caches.append(one.path)  # nobody reviewed it, and Python would prefer it to the code
            elif stat.S_ISLNK(mode):
                links.append(one.path)
            elif not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
                raise HostError("The source contains a device, a pipe or a socket.", one.path)
    finally:
        os.close(top)
    for path in caches:
        whole = f"{directory}/{path}"
        if os.path.islink(whole) or not os.path.isdir(whole):
            os.unlink(whole)
        else:
            remove_tree(whole)
    real = os.path.realpath(directory)
    for path in links:
        # One link may lead outside through another, whatever its own target looks like. Build systems also commit
        # links to nowhere; these are harmless as long as nowhere is inside.
        target = os.path.realpath(f"{directory}/{path}")
        if target != real and not target.startswith(real + os.sep):
            if drop_links:
                os.unlink(f"{directory}/{path}")
                continue
            raise HostError(
                "The source contains a link that leads outside.", f"{path} -> {os.readlink(f'{directory}/{path}')}"
            )
