# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gunicorn settings that the role sets itself, because other parts of the host depend on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.worker_class import why_removed
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.worker_formula import is_formula

OWNED = {
    "bind": "Use the app's `bind`.",
    "user": "Use the app's `user`.",
    "group": "Use the app's `user`; its group has the same name.",
    "chdir": "It is the release's source directory.",
    "pythonpath": "Use `source.subdir`, or PYTHONPATH in `env`.",
    "raw_env": "Use `env` or `secret_env`.",
    "worker_tmp_dir": "Use gunicorn_apps_worker_tmp_dir: the unit's sandbox must allow it too.",
    "daemon": "systemd runs Gunicorn in the foreground.",
    "pidfile": "systemd tracks the process.",
    "initgroups": "systemd sets the groups.",
    "control_socket": "It is in the instance's runtime directory.",
    "reload": "Workers would load unchecked code. Deploy a release instead.",
    "reuse_port": "With a systemd socket, Gunicorn would then listen on no address at all.",
    "config": "Declare the settings themselves.",
    "wsgi_app": "Use the app's `app`.",
}

# Numbers that other parts of the host are derived from, with the lowest sensible value.
LEAST = {"workers": 1, "threads": 1, "timeout": 0, "graceful_timeout": 1, "backlog": 1, "worker_connections": 1}


def with_numbers(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with these numbers as integers; templates of older Ansible versions yield strings."""
    return {
        name: int(value) if name in LEAST and isinstance(value, str) and value.isdecimal() else value
        for name, value in settings.items()
    }


def check_settings(where: str, settings: Mapping[str, Any]) -> None:
    """Raise InputError for settings that are wrong whichever version of Gunicorn is installed."""
    for name in settings:
        if not isinstance(name, str) or not name.isidentifier():
            raise InputError(f"{where}.{name}", "is not a valid setting name.")
        if name != name.lower():
            raise InputError(f"{where}.{name}", "is not a setting.", f"Did you mean '{name.lower()}'?")
        if name in OWNED and settings[name]:
            raise InputError(f"{where}.{name}", "is set by the role.", OWNED[name])
    worker_class = settings.get("worker_class")
    if worker_class is not None and not isinstance(worker_class, str):
        raise InputError(f"{where}.worker_class", f"must be a string, not {worker_class!r}.", "Example: 'gthread'.")
    removed = why_removed(worker_class or "")
    if removed:
        raise InputError(f"{where}.worker_class", f"'{worker_class}' no longer exists in Gunicorn.", removed)
    for name, least in LEAST.items():
        value = settings.get(name)
        if name == "workers" and is_formula(value):
            continue
        if name in settings and (isinstance(value, bool) or not isinstance(value, int) or value < least):
            formula = ", or a CPU formula such as 2n+1" if name == "workers" else ""
            raise InputError(f"{where}.{name}", f"must be a whole number of at least {least}{formula}, not {value!r}.")
