# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check options against an argument spec, naming the variable, the value and the nearest right name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.suggest import did_you_mean


def checked(variable: str, value: Any, spec: Mapping[str, Mapping[str, Any]], **rules: Any) -> dict[str, Any]:
    """Return the options with types coerced and defaults filled in, or raise InputError.

    `variable` is the path by which the user wrote it, for example `gunicorn_apps.shop`; `rules` are those of
    AnsibleModule (`mutually_exclusive`, `required_one_of` …).
    """
    if not isinstance(value, Mapping):
        raise InputError(variable, f"must be a dictionary, not {type(value).__name__} ({value!r}).")
    refuse_unknown(variable, value, spec)
    outcome = ArgumentSpecValidator(dict(spec), **rules).validate(dict(value))
    if outcome.error_messages:
        raise InputError(variable, "; ".join(outcome.error_messages) + ".")
    return dict(outcome.validated_parameters)


def refuse_unknown(variable: str, value: Any, spec: Mapping[str, Mapping[str, Any]]) -> None:
    """Name the first key that no option has, at any depth, together with the nearest one that exists."""
    if not isinstance(value, Mapping):
        return
    known = set(spec) | {alias for option in spec.values() for alias in option.get("aliases", ())}
    for key, inner in value.items():
        if key not in known:
            raise InputError(f"{variable}.{key}", "is not a known key.", did_you_mean(key, known))
        option = spec.get(key, {})
        if "options" not in option:
            continue
        for position, item in enumerate(inner if isinstance(inner, list) else [inner]):
            where = f"{variable}.{key}" + (f"[{position}]" if isinstance(inner, list) else "")
            refuse_unknown(where, item, option["options"])
