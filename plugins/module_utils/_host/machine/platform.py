# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the platform of this host."""

from __future__ import annotations

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError


def os_release() -> str:
    """Return the text of os-release, from the first standard place that has it. Raise HostError if none does."""
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        try:
            with open(path, encoding="utf-8", errors="replace") as stream:
                return stream.read()
        except FileNotFoundError:
            continue
    raise HostError("This host has no /etc/os-release, so its platform cannot be determined.")
