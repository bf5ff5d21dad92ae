# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment in which pip and uv fetch packages. It may contain credentials, so it is never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.scrub import url_credentials

# Shorter values ("1", "true") are switches. Masking them as secrets would mask every such digit in a result.
SHORTEST_SECRET = 6
_USERINFO = re.compile(r"//([^/@\s]*)@")


def with_ca_bundle(env: Mapping[str, str], bundle: str) -> dict[str, str]:
    """Make pip trust the system's CA bundle, unless the environment sets PIP_CERT itself."""
    return {**({"PIP_CERT": bundle} if bundle else {}), **env}


def secrets_of(env: Mapping[str, str]) -> set[str]:
    """Return the texts that must not appear in any output: long values, and credentials in URLs."""
    found = set()
    for value in env.values():
        for userinfo in _USERINFO.findall(value):
            name, _separator, password = userinfo.partition(":")
            found |= {userinfo, password or name, unquote(password or name)}
        found |= url_credentials(value)
        if len(value) >= SHORTEST_SECRET:
            found.add(value)
    return found - {""}
