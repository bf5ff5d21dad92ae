# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is mounted, according to the kernel."""

from __future__ import annotations

from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import TMPFS, read_size


def parse_mountinfo(text: str, path: str) -> Optional[tuple[str, frozenset[str], Optional[int]]]:
    """Return type, flags and size in bytes of the mount on the path, or None.

    Of several mounts on the path, only the last one is visible.
    """
    found = None
    for line in text.splitlines():
        fields = line.split(" ")
        if len(fields) < 10 or fields[4] != path or "-" not in fields:
            continue
        dash = fields.index("-")
        found = fields[dash + 1], frozenset(fields[5].split(",")), _super_size(fields[dash + 3])
    return found


def _super_size(options: str) -> Optional[int]:
    for option in options.split(","):
        name, _separator, value = option.partition("=")
        if name == "size":
            return read_size(value, TMPFS)
    return None
