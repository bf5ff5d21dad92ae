# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What live processes use, from /proc."""

from __future__ import annotations

import os


def paths_in_use(directory: str) -> set[str]:
    """Paths below the directory that a live process has as its directory, its program or a word of its command."""
    prefix = directory + "/"
    used: set[str] = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        found = []
        for link in ("cwd", "exe"):
            try:
                found.append(os.readlink(f"/proc/{pid}/{link}"))
            except OSError:
                continue  # the process has ended, or it is one of the kernel's
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as stream:
                found += stream.read().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        used.update(path for path in found if path.startswith(prefix))
    return used
