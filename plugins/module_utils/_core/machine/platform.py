# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Identify a host's platform from the text of its os-release file."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError

# os-release has no name for this family: RHEL says "fedora", its rebuilds say "rhel centos fedora".
FAMILIES = {"rhel": "redhat", "centos": "redhat", "fedora": "redhat"}


def parse_os_release(text: str) -> dict[str, str]:
    """Return the assignments of os-release(5), unquoted; other lines are ignored, as the man page requires."""
    values = {}
    for line in text.splitlines():
        name, assigned, quoted = line.strip().partition("=")
        if not assigned or name.startswith("#"):
            continue
        try:
            values[name] = "".join(shlex.split(quoted))
        except ValueError:
            values[name] = quoted
    return values


def names(os_release: str) -> list[str]:
    """Return all names of a platform, the most specific first."""
    values = parse_os_release(os_release)
    own = [values.get("ID", "linux").lower(), *values.get("ID_LIKE", "").lower().split()]
    return list(dict.fromkeys([*own, *(FAMILIES[name] for name in own if name in FAMILIES)]))


def pick(platforms: Mapping[str, Any], os_release: str) -> dict[str, Any]:
    """Return the entry for this host's platform, by its own name or else by one it is like.

    Raise HostError if there is no entry.
    """
    known = names(os_release)
    for name in known:
        if name in platforms:
            return dict(platforms[name])
    raise HostError(
        f"This host's platform is not supported: {parse_os_release(os_release).get('PRETTY_NAME', known[0])}.",
        f"Its os-release says {', '.join(known)}; supported: {', '.join(sorted(platforms))}.",
    )
