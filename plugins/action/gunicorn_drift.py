# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller side of `gunicorn_drift`: the options of all parts, and the effect of findings on the run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Optional

from ansible.errors import AnsibleActionFail
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.described import described
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import ERROR, WARNING
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.accepted import accepted
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._one_look import OneLook
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._options import checked
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._role_options import PARTS

ENTRY: dict[str, Any] = {name: {"type": "str"} for name in ("kind", "app", "subject", "reason", "until")}
OPTIONS: dict[str, Any] = {
    **{part: {"type": "dict"} for part in PARTS},
    "ignore": {"type": "raw", "default": []},
    "fail": {"type": "bool", "default": True},
}


def checked_entries(variable: str, value: Any) -> list[dict[str, Any]]:
    """Return the entries of the ignore list with checked types; raise InputError if one has a wrong type or key."""
    if not isinstance(value, list):
        raise InputError(variable, f"must be a list of entries, not {described(value)}.")
    return [checked(f"{variable}[{position}]", entry, ENTRY) for position, entry in enumerate(value)]


def unchecked(why: str) -> dict[str, Any]:
    """Return a result for a host that was not checked: unreachable, because it must look neither clean nor drifted."""
    return {"unreachable": True, "failed": False, "changed": False, "msg": f"could not be checked: {why}"}


class ActionModule(OneLook):
    MODULE = "gunicorn_drift"
    PAYLOAD = "gunicorn_look"

    def arguments(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        given = checked(f"{self.MODULE}_", self._task.args, OPTIONS)
        ignore = checked_entries("gunicorn_drift_ignore", given["ignore"])
        accepted("gunicorn_drift_ignore", ignore)
        parts = self._arguments_of_parts(given, task_vars)
        self._fail = bool(given["fail"])
        return {**parts, "ignore": ignore, "today": time.strftime("%Y-%m-%d")}

    def run(self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None) -> dict[str, Any]:
        try:
            return super().run(tmp, task_vars)
        except AnsibleActionFail as exc:
            return unchecked(str(exc))

    def _converge(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        result = self._call(arguments, task_vars)
        if "findings" not in result:
            return {**result, **unchecked(str(result.get("unchecked") or result.get("msg", "")))}
        drifted = [one for one in result["findings"] if one["severity"] in (ERROR, WARNING)]
        if drifted and self._fail:
            lines = [f"{one['app'] or 'host'}: {one['kind']}: {one['subject']}" for one in drifted]
            result.update(failed=True, msg="\n".join([f"Drift ({len(drifted)}):", *lines]))
        return result
