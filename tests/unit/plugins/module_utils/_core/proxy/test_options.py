# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the proxy: their defaults make a site, and say what the values behind them say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.sites import site_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.options import PROXY_ARGUMENTS, PROXY_OPTIONS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.site import Site, Tls
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.validate import validate_site

ROOT = next(parent for parent in Path(__file__).resolve().parents if (parent / "galaxy.yml").exists())
TYPES = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict}
TLS = PROXY_OPTIONS["tls"]["options"]
HOSTS = "without it the app has that of the host"
# Options of an app that become no field of its site under their own name.
ELSEWHERE = {
    "enabled": "an app without a site has no fields",
    "streaming": "it marks routes",
    "keepalive": "it belongs to each upstream",
    "client_body_timeout": HOSTS,
    "send_timeout": HOSTS,
    "limit_conn": HOSTS,
}


def defaults(of: Any) -> dict[str, Any]:
    return {field.name: field.default for field in fields(of) if field.default is not MISSING}


def walk(spec: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, option in spec.items():
        yield prefix + name, option
        yield from walk(option.get("options", {}), f"{prefix}{name}.")


OPTIONS = [*walk(PROXY_OPTIONS, "proxy."), *walk(PROXY_ARGUMENTS)]


def is_of(value: object, kind: str) -> bool:
    """A boolean is an integer to Python, and not to Ansible."""
    return isinstance(value, TYPES[kind]) and (kind == "bool" or not isinstance(value, bool))


@pytest.mark.parametrize(("name", "option"), [pytest.param(*one, id=one[0]) for one in OPTIONS])
def test_defaults_are_of_their_type(name: str, option: Mapping[str, Any]) -> None:
    default = option.get("default")
    assert "default" not in option or not option.get("required"), "a required option has no default"
    assert default is None or is_of(default, option["type"])
    assert default in option.get("choices", [default])
    if option["type"] == "list":
        assert all(is_of(item, option["elements"]) for item in default)


def test_an_app_without_any_option_has_a_site(make_app: Callable[..., App]) -> None:
    site = site_of("x", make_app())
    validate_site("x", site)
    assert site.tls is None


def test_options_are_fields_of_the_site() -> None:
    assert set(PROXY_OPTIONS) - set(ELSEWHERE) <= {field.name for field in fields(Site)}
    assert set(ELSEWHERE) <= set(PROXY_OPTIONS)


@pytest.mark.parametrize("name", sorted(set(PROXY_OPTIONS) - set(ELSEWHERE) - {"tls"}))
def test_a_site_has_the_same_defaults(name: str) -> None:
    said, real = PROXY_OPTIONS[name]["default"], defaults(Site)[name]
    assert (type(real)(said.items()) if isinstance(said, dict) else type(real)(said)) == real


def test_options_of_tls() -> None:
    """They are handed to `Tls` by name."""
    assert set(TLS) == {field.name for field in fields(Tls)}
    assert {name for name, option in TLS.items() if option.get("required")} == set(TLS) - set(defaults(Tls))
    said = {name: option["default"] for name, option in TLS.items() if "default" in option}
    assert {**said, "listen": tuple(said["listen"])} == defaults(Tls)


def test_the_path_of_a_key_is_no_secret() -> None:
    """Ansible would take a name with `key` for one and black out the path in every result."""
    assert TLS["key"]["no_log"] is False


def test_the_role_has_the_same_defaults() -> None:
    role = yaml.safe_load((ROOT / "roles/gunicorn_proxy/defaults/main.yml").read_text(encoding="utf-8"))
    said = {name: option["default"] for name, option in PROXY_ARGUMENTS.items() if "default" in option}
    real = {name: role[f"gunicorn_proxy_{name}"] for name in said if f"gunicorn_proxy_{name}" in role}
    assert {name: said[name] for name in real} == real
    assert set(real) >= {"default_site", "prune", "trusted_proxies"}
