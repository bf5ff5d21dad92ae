# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check options against an argument spec; errors name the variable, the value and the nearest valid name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import DEFAULT_TYPE_VALIDATORS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.described import described, kind
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean

EXPECTED = {
    "bool": "true or false",
    "dict": "a dictionary",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
}


def checked(variable: str, value: Any, spec: Mapping[str, Mapping[str, Any]], **rules: Any) -> dict[str, Any]:
    """Return the options with types coerced and defaults filled in, or raise InputError.

    `variable` is the path that the user wrote, for example `gunicorn_apps.shop`, or the prefix of several variables,
    for example `gunicorn_host_`. `rules` are those of AnsibleModule (`mutually_exclusive`, `required_one_of` …).
    """
    name = variable.rstrip("_")
    if not isinstance(value, Mapping):
        raise InputError(name, f"must be a dictionary, not {described(value)}.")
    refuse_wrong(variable, value, spec)
    outcome = ArgumentSpecValidator(with_own_defaults(spec), **rules).validate(dict(value))
    if outcome.error_messages:
        raise InputError(name, "; ".join(outcome.error_messages) + ".")
    return dict(outcome.validated_parameters)


def with_own_defaults(spec: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the spec with copied defaults: Ansible would fill the defaults of suboptions into the originals."""
    return {
        name: {**option, "default": option["default"].copy()}
        if isinstance(option.get("default"), (dict, list))
        else option
        for name, option in spec.items()
    }


def refuse_wrong(variable: str, value: Mapping[Any, Any], spec: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise InputError for the first unknown key, or the first value of a wrong type, at any depth.

    Ansible itself would name its internal classes but no position in a list, and crashes at a number instead of a
    dictionary.
    """
    options = {**spec, **{alias: option for option in spec.values() for alias in option.get("aliases", ())}}
    for key, given in value.items():
        where = f"{variable}{key}" if variable.endswith("_") else f"{variable}.{key}"
        if key not in options:
            raise InputError(where, "is not a known key.", did_you_mean(key, options))
        option = options[key]
        if given is None:
            continue
        inner = _converted(where, given, option["type"], option)
        items = [(where, inner)]
        if option["type"] == "list":
            items = [(f"{where}[{position}]", item) for position, item in enumerate(inner)]
        if "elements" in option:
            items = [(place, _converted(place, item, option["elements"], option)) for place, item in items]
        if "options" in option:
            for place, item in items:
                refuse_wrong(place, item, option["options"])


def _converted(where: str, value: Any, expected: str, option: Mapping[str, Any]) -> Any:
    try:
        return DEFAULT_TYPE_VALIDATORS[expected](value)
    except (TypeError, ValueError):
        wrong = kind(value) if option.get("no_log") else described(value)
        raise InputError(where, f"must be {EXPECTED.get(expected, expected)}, not {wrong}.") from None
