# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gunicorn's server hooks: a Python file in the app's source from which only the hooks are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.source import Source
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean, nearest


def check_hooks(where: str, value: Optional[str], source: Source) -> str:
    """Return the file's path inside the source, or '' if none is declared. Raise InputError if it cannot be one."""
    if not value:
        return ""
    if value.startswith("/") or ".." in value.split("/") or not value.endswith(".py"):
        raise InputError(where, f"{value!r} is not a Python file inside the source.", "Example: 'gunicorn_hooks.py'.")
    if source.kind == "packages" or source.is_wheel:
        raise InputError(
            where,
            "needs a source with files; installed packages have none.",
            "Name a function from a package in `settings`, for example {post_fork: shop.hooks.post_fork}.",
        )
    return value


def problem_of(file: str, found: Mapping[str, Any], gunicorn: str) -> str:
    """Describe what is wrong with the file, or return ''; `found` is what the release's Gunicorn and Python report."""
    if found["error"]:
        return f"{file} is not valid Python: {found['error']}"
    for name, line in found["settings"].items():
        return (
            f"{file}, line {line}: '{name}' is a setting, not a hook; only hooks are used from this file. "
            "Put it into `settings`, or rename the variable."
        )
    if not set(found["names"]) & set(found["hooks"]):
        meant = next((name for name in found["functions"] if nearest(name, found["hooks"])), "")
        return f"{file} defines none of the hooks of Gunicorn {gunicorn}. {did_you_mean(meant, found['hooks'])}"
    return ""
