# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a role's defaults say and what its argument spec says is the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = sorted(path for path in (Path(__file__).resolve().parents[2] / "roles").iterdir() if path.is_dir())
TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict, "path": str}

role = pytest.mark.parametrize("directory", ROLES, ids=lambda path: path.name)


def load(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def defaults(directory: Path) -> dict[str, Any]:
    path = directory / "defaults/main.yml"
    return load(path) if path.exists() else {}


def options(directory: Path) -> dict[str, Any]:
    return load(directory / "meta/argument_specs.yml")["argument_specs"]["main"].get("options", {})


def walk(spec: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, option in spec.items():
        yield prefix + name, option
        yield from walk(option.get("options", {}), f"{prefix}{name}.")


@role
def test_same_names(directory: Path) -> None:
    required = {name for name, option in options(directory).items() if option.get("required")}
    assert set(defaults(directory)) == set(options(directory)) - required


@role
def test_names_begin_with_the_role(directory: Path) -> None:
    assert [name for name in options(directory) if not f"{name}_".startswith(f"{directory.name}_")] == []


# Defaults that the spec describes in words, and why.
IN_WORDS = {
    "gunicorn_host_sysctl": "it is computed; antsibull-docs refuses a template as the default of a dictionary",
    "gunicorn_apps_apps": "it is another variable; antsibull-docs refuses a template as the default of a dictionary",
    "gunicorn_proxy_apps": "it is another variable; antsibull-docs refuses a template as the default of a dictionary",
}


@role
def test_same_defaults(directory: Path) -> None:
    said = {name: option["default"] for name, option in options(directory).items() if "default" in option}
    real = {name: value for name, value in defaults(directory).items() if name not in IN_WORDS}
    assert said == real
    assert {name: type(value) for name, value in said.items()} == {name: type(value) for name, value in real.items()}


@role
def test_every_option_is_typed_and_described(directory: Path) -> None:
    for name, option in walk(options(directory)):
        assert option.get("description"), name
        assert option.get("type") in {*TYPES, "raw"}, name
        if option["type"] == "list":
            assert option.get("elements") in {*TYPES, "raw"}, name
        default = option.get("default")
        if default is not None and "{{" not in str(default):
            assert isinstance(default, TYPES[option["type"]]), name
            assert default in option.get("choices", [default]), name


@role
def test_nothing_in_it_is_a_template(directory: Path) -> None:
    """Ansible templates the whole spec, descriptions included, before it validates."""
    text = (directory / "meta/argument_specs.yml").read_text(encoding="utf-8")
    assert [opening for opening in ("{{", "{%", "{#") if opening in text] == []


def test_there_are_roles() -> None:
    assert ROLES
