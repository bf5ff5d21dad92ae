# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several tests need: apps and declarations with every option filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.normalize import normalize
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.options import APP_OPTIONS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.declaration import Declaration
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import Host, size

VARIABLE = "gunicorn_apps"
HOST = Host(2, "2 CPUs", 4 * 1024**3, "4.0 GiB of memory")


def filled(spec: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """Options with their defaults, as Ansible fills them in."""
    unknown = set(given) - set(spec)
    assert not unknown, unknown
    result = {}
    for name, option in spec.items():
        value = given.get(name, option.get("default"))
        if option["type"] == "dict" and "options" in option and (value is not None or option.get("apply_defaults")):
            value = filled(option["options"], value or {})
        result[name] = value
    return result


def app_options(**given: Any) -> dict[str, Any]:
    return filled(APP_OPTIONS, {"app": "shop.wsgi:application", "source": {"packages": ["shop"]}, **given})


def app(name: str = "shop", secret_names: Iterable[str] = (), **given: Any) -> App:
    return normalize(VARIABLE, {name: app_options(**given)}, {name: secret_names})[name]


def declaration(declared: App, **given: Any) -> Declaration:
    values: dict[str, Any] = {
        "app": declared,
        "sizings": {one.name: size(one.profile, HOST, settings=one.settings) for one in declared.instances},
        "interpreter": "/usr/bin/python3.11 3.11.2",
        "worker_tmp_dir": "/dev/shm",
        "proxy_group": "www-data",
        "systemd": 252,
        "secrets_id": "",
        "source_id": "s1",
        "requirements_id": "r1",
    }
    return Declaration(**{**values, **given})


@pytest.fixture(name="app_options")
def _app_options() -> Callable[..., dict[str, Any]]:
    return app_options


@pytest.fixture(name="make_app")
def _make_app() -> Callable[..., App]:
    return app


@pytest.fixture(name="declare")
def _declare() -> Callable[..., Declaration]:
    return declaration


@pytest.fixture
def host() -> Host:
    return HOST
