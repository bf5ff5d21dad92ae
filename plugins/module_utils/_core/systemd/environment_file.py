# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment file of a service, as systemd reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RELEASE = "GUNICORN_RELEASE"  # tells which release a process belongs to


def render_environment(env: Mapping[str, str]) -> str:
    """Return the content of an EnvironmentFile=; inside double quotes, systemd unescapes only these four characters."""
    return "".join(f'{name}="{_escape(value)}"\n' for name, value in sorted(env.items()))


def _escape(value: str) -> str:
    return re.sub(r'(["\\`$])', r"\\\1", value)


def parse_environment(text: str) -> dict[str, str]:
    """Return the variables from a text that `render_environment` wrote."""
    found = re.findall(rf'^({NAME.pattern})="((?:[^"\\]|\\.)*)"$', text, re.M | re.S)
    return {name: re.sub(r"\\(.)", r"\1", value, flags=re.S) for name, value in found}
