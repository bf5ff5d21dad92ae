# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller half of a role: one look at the host in one module call.

The module compares everything with reality and changes what differs. Only where it reports that something is needed
first (packages from the distribution, sources from the controller) is that brought, and the module called again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Optional

from ansible.constants import COLOR_ERROR
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import INSTALL_PACKAGE, Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.visible import visible, visible_all
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.promise import promise
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._failure import blocks, shortened
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._role_options import PARTS, role_options

# What the task of the role gunicorn_host registers.
HOST_RESULT = "__gunicorn_host_result"


def promised(given: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """What the host has after this run; in check mode it is not there yet.

    Either the task was given the result of gunicorn_host, or the role of that name ran before, or nobody promises
    anything. The result of a task that was skipped or failed promises nothing either.
    """
    result = given or task_vars.get(HOST_RESULT)
    return promise(result if isinstance(result, Mapping) else {})


class OneLook(ActionBase):
    """Subclasses say what the module is called, how its arguments are made, and how uploads are brought."""

    MODULE = ""
    # What runs on the host. Ansible packs a module anew for each name that it has, so all roles share one payload.
    PAYLOAD = "gunicorn_converge"
    _supports_check_mode = True
    _supports_diff = True
    TRANSFERS_FILES = False

    def arguments(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Validate the task's options on the controller and return the module's arguments."""
        raise NotImplementedError

    def upload(self, names: list[str], task_vars: Mapping[str, Any]) -> dict[str, str]:
        """Bring the named sources to the host and return where each is; only for modules that ask for it."""
        raise NotImplementedError

    def run(self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        try:
            arguments = self.arguments(task_vars)
        except InputError as exc:
            raise AnsibleActionFail(visible(str(exc))) from exc
        try:
            result = self._converge(arguments, task_vars)
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        host = str(task_vars.get("inventory_hostname", ""))
        self._show(result, host)
        for text in blocks(host, result):
            self._display.display(text, color=COLOR_ERROR, stderr=True)
        return shortened(result)

    def _show(self, result: Mapping[str, Any], host: str) -> None:
        """Print what people want to see of a result that Ansible does not show; on stderr, because somebody's callback
        may print JSON on stdout.
        """

    def _converge(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        changes: list[str] = []
        result = self._call(arguments, task_vars)
        needs = result.pop("needs", {})
        if needs.get("packages") and not self._task.check_mode and not result.get("failed"):
            self._install(needs["packages"], task_vars)
            changes += [str(Change(INSTALL_PACKAGE, name)) for name in needs["packages"]]
            result = self._call(arguments, task_vars)
            needs = result.pop("needs", {})
            if needs.get("packages"):
                missing = ", ".join(needs["packages"])
                raise AnsibleActionFail(f"Installed without an error, yet still missing on the host: {missing}.")
        if needs.get("uploads") and not self._task.check_mode and not result.get("failed"):
            result = self._call({**arguments, "uploads": self.upload(needs["uploads"], task_vars)}, task_vars)
            result.pop("needs", None)
        if changes:
            result["changes"] = changes + result.get("changes", [])
            result["changed"] = True
        return result

    def _call(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        payload = {"part": self.MODULE, "options": json.dumps(arguments)}
        result = self._execute_module(
            module_name=f"wsgiops.gunicorn.{self.PAYLOAD}", module_args=payload, task_vars=task_vars
        )
        # The module has done this as well, unless it could not: then this is the output of whatever ran in its place.
        return dict(visible_all(result))

    def _install(self, packages: list[str], task_vars: dict[str, Any]) -> None:
        package = self._other_action(
            "ansible.builtin.package", {"name": packages, "state": "present", "update_cache": True}
        )
        result = package.run(task_vars=task_vars)
        if result.get("failed"):
            raise AnsibleActionFail(
                f"Could not install {', '.join(packages)}: {result.get('msg', 'the package manager gave no reason')}"
            )

    def _arguments_of_parts(self, given: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of each part, checked by its own action; without options it takes those of its role."""
        return {
            part: self._other_action(
                f"wsgiops.gunicorn.gunicorn_{part}",
                role_options(part, self._templar) if given[part] is None else given[part],
            ).arguments(task_vars)
            for part in PARTS
        }

    def _other_action(self, name: str, args: Mapping[str, Any]) -> Any:
        task = self._task.copy()
        task.action = name
        task.args = dict(args)
        return self._shared_loader_obj.action_loader.get(
            name,
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
