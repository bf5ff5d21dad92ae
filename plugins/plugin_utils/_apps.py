# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validate the variable `gunicorn_apps`, for every role that reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.environment import check_environment
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.normalize import normalize
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.options import APP_OPTIONS, INSTANCE_OPTIONS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.described import described
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._options import checked


def checked_apps(variable: str, value: Any) -> dict[str, dict[str, Any]]:
    """Return the options of every app with defaults, secrets included, or raise InputError."""
    if isinstance(value, list):
        if not all(isinstance(item, Mapping) and item.get("name") for item in value):
            raise InputError(variable, "is a list in which an item is not a dictionary with a `name`.")
        names = [item["name"] for item in value]
        for name in names:
            if names.count(name) > 1:
                raise InputError(variable, f"contains the app '{name}' twice.")
        value = {item["name"]: {key: inner for key, inner in item.items() if key != "name"} for item in value}
    if not isinstance(value, Mapping):
        raise InputError(variable, f"must be a dictionary of apps, not {described(value)}.")
    result = {}
    for name, options in value.items():
        where = f"{variable}.{name}"
        app = checked(where, options, APP_OPTIONS)
        if app["instances"] is not None:
            app["instances"] = {
                instance: checked(f"{where}.instances.{instance}", own_options or {}, INSTANCE_OPTIONS)
                for instance, own_options in app["instances"].items()
            }
        result[str(name)] = app
    return result


def split_secrets(variable: str, apps: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Separate the secrets from the options, so that the options may be shown. Raise InputError for a bad variable."""
    plain = {name: {**options, "secret_env": None} for name, options in apps.items()}
    secrets = {
        name: check_environment(f"{variable}.{name}.secret_env", options["secret_env"])
        for name, options in apps.items()
        if options["secret_env"]
    }
    return plain, secrets


def declared_apps(variable: str, value: Any) -> dict[str, App]:
    """Return the apps as values, for roles that do not need secrets, or raise InputError."""
    plain, secrets = split_secrets(variable, checked_apps(variable, value))
    return normalize(variable, plain, secrets)
