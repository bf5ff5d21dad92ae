# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that the roles' own tasks pass, taken from the roles' variables by rule.

An option `x` of gunicorn_host is the variable `gunicorn_host_x` of the role of that name. So the tasks that look at the
whole host before the roles do need not repeat what the roles' tasks say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.options import MODULE_OPTIONS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.options import ARGUMENT_SPEC
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.options import PROXY_ARGUMENTS

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core 2.18 takes every text for a template that is not marked as unsafe

    def trust_as_template(value: str) -> str:
        return value


PARTS = ("host", "apps", "proxy")
SPECS: Mapping[str, Mapping[str, Any]] = {"host": ARGUMENT_SPEC, "apps": MODULE_OPTIONS, "proxy": PROXY_ARGUMENTS}
# What the action plugins add to the options of their modules; no role has variables for them.
ADDED = {"host": (), "apps": ("secrets", "sources", "uploads", "host", "who"), "proxy": ("host", "after_install")}
# What a role keeps in vars/ and nobody sets.
INTERNAL = ("platforms",)


def variables(part: str) -> dict[str, str]:
    """The role's variable for each option."""
    names = [name for name in SPECS[part] if name not in ADDED[part]]
    return {name: f"{'__' if name in INTERNAL else ''}gunicorn_{part}_{name}" for name in names}


def role_options(part: str, templar: Any) -> dict[str, Any]:
    """The options of one part, each from its variable; empty text is how a role says that an option is not given."""
    options: dict[str, Any] = {}
    for name, variable in variables(part).items():
        options.update(_option(name, variable, templar))
    return {name: value for name, value in options.items() if value or not can_be_omitted(SPECS[part][name])}


def can_be_omitted(option: Mapping[str, Any]) -> bool:
    return option["type"] == "str" and "default" not in option and not option.get("required")


def _option(name: str, variable: str, templar: Any) -> dict[str, Any]:
    """The option as a dictionary, which is empty where the variable is `omit`."""
    try:
        option = templar.template({name: trust_as_template("{{ " + variable + " }}")})
    except AnsibleError as exc:
        raise AnsibleActionFail(f"{variable}: {exc}") from exc
    return dict(_without(option, templar.available_variables.get("omit")))


def _without(value: Any, omit: Any) -> Any:
    """What Ansible does with the arguments of a task. In 2.18 its templates leave a text that stands for `omit`."""
    if not isinstance(omit, str):
        return value
    if isinstance(value, Mapping):
        return {key: _without(inner, omit) for key, inner in value.items() if inner != omit}
    if isinstance(value, list):
        return [_without(inner, omit) for inner in value if inner != omit]
    return value
