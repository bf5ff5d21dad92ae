# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that the roles' tasks pass to their modules, derived from the roles' variables by their names.

The option `x` of gunicorn_host is the variable `gunicorn_host_x` of the role. So tasks that inspect the whole host in
advance need not repeat the options of the roles' tasks.
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
except ImportError:  # ansible-core 2.18 treats every text as a template, unless it is marked as unsafe

    def trust_as_template(value: str) -> str:
        return value


PARTS = ("host", "apps", "proxy")
SPECS: Mapping[str, Mapping[str, Any]] = {"host": ARGUMENT_SPEC, "apps": MODULE_OPTIONS, "proxy": PROXY_ARGUMENTS}
# Options that the action plugins add; the roles have no variables for them.
ADDED = {"host": (), "apps": ("secrets", "sources", "uploads", "host", "who"), "proxy": ("host", "after_install")}
# Variables in a role's vars/, which users do not set.
INTERNAL = ("platforms",)


def variables(part: str) -> dict[str, str]:
    """Return the role's variable for each option."""
    names = [name for name in SPECS[part] if name not in ADDED[part]]
    return {name: f"{'__' if name in INTERNAL else ''}gunicorn_{part}_{name}" for name in names}


def role_options(part: str, templar: Any) -> dict[str, Any]:
    """Return the options of one part, each from its variable, without those that a role omits by an empty text.

    Raise AnsibleActionFail if a variable cannot be evaluated.
    """
    options: dict[str, Any] = {}
    for name, variable in variables(part).items():
        options.update(_option(name, variable, templar))
    return {name: value for name, value in options.items() if value or not can_be_omitted(SPECS[part][name])}


def can_be_omitted(option: Mapping[str, Any]) -> bool:
    return option["type"] == "str" and "default" not in option and not option.get("required")


def _option(name: str, variable: str, templar: Any) -> dict[str, Any]:
    """Return a dictionary with the option, or an empty one if the variable is `omit`."""
    try:
        option = templar.template({name: trust_as_template("{{ " + variable + " }}")})
    except AnsibleError as exc:
        raise AnsibleActionFail(f"{variable}: {exc}") from exc
    return dict(_without(option, templar.available_variables.get("omit")))


def _without(value: Any, omit: Any) -> Any:
    """Remove omitted values, as Ansible does for the arguments of a task; in 2.18, a template leaves a placeholder."""
    if not isinstance(omit, str):
        return value
    if isinstance(value, Mapping):
        return {key: _without(inner, omit) for key, inner in value.items() if inner != omit}
    if isinstance(value, list):
        return [_without(inner, omit) for inner in value if inner != omit]
    return value
