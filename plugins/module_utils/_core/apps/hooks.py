# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gunicorn's server hooks: a Python file in the app's source, of which nothing but hooks is taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.source import Source
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean, nearest


def check_hooks(where: str, value: Optional[str], source: Source) -> str:
    """The path of the file inside the source, '' where there is none."""
    if not value:
        return ""
    if value.startswith("/") or ".." in value.split("/") or not value.endswith(".py"):
        raise InputError(where, f"{value!r} is not a Python file inside the source.", "Example: 'gunicorn_hooks.py'.")
    if source.kind == "packages" or source.is_wheel:
        raise InputError(
            where,
            "needs a source that has files of its own; packages have none.",
            "Name a function of a package in `settings`, for example {post_fork: shop.hooks.post_fork}.",
        )
    return value


def problem_of(file: str, found: Mapping[str, Any], gunicorn: str) -> str:
    """What is wrong with the file: `found` is what the release's own Gunicorn and Python say of it."""
    if found["error"]:
        return f"{file} is not valid Python: {found['error']}"
    for name, line in found["settings"].items():
        return (
            f"{file}, line {line}: '{name}' is a setting and no hook; only hooks are taken from this file. "
            "Put it into `settings`, or give the variable another name."
        )
    if not set(found["names"]) & set(found["hooks"]):
        meant = next((name for name in found["functions"] if nearest(name, found["hooks"])), "")
        return f"{file} has no hook of Gunicorn {gunicorn}. {did_you_mean(meant, found['hooks'])}"
    return ""
