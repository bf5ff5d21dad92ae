# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of options: consistent in themselves and with each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.options import (
    APP_OPTIONS,
    INSTANCE_OPTIONS,
    MODULE_OPTIONS,
    SOURCE_KINDS,
    SOURCE_OPTIONS,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import PROFILES

TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}


def options(spec: Mapping[str, Any], prefix: str = "") -> Iterator[Any]:
    for name, option in spec.items():
        yield pytest.param(option, id=prefix + name)
        yield from options(option.get("options", {}), f"{prefix}{name}.")


@pytest.mark.parametrize("option", [*options(MODULE_OPTIONS), *options(INSTANCE_OPTIONS, "instances.*.")])
def test_option(option: Mapping[str, Any]) -> None:
    if option["type"] == "list":
        assert option["elements"] in TYPES
    if option.get("default") is not None:
        assert isinstance(option["default"], TYPES[option["type"]])
        assert not option.get("required")
    if "choices" in option and "default" in option:
        assert option["default"] in option["choices"]
    if option.get("apply_defaults"):
        assert option["default"] == {}
        assert option["options"]


def test_every_kind_of_source_is_an_option() -> None:
    assert set(SOURCE_KINDS) <= set(SOURCE_OPTIONS)


def test_what_an_instance_may_say_an_app_may_say() -> None:
    assert set(INSTANCE_OPTIONS) < set(APP_OPTIONS)


def test_profiles() -> None:
    assert set(PROFILES) == set(APP_OPTIONS["profile"]["choices"]) == set(INSTANCE_OPTIONS["profile"]["choices"])


def test_secrets_are_never_logged() -> None:
    assert all(MODULE_OPTIONS[name]["no_log"] for name in ("installer_env", "secrets"))
    assert APP_OPTIONS["secret_env"]["no_log"]
