# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller side of the apps: validate declarations, describe and send local sources, separate the secrets."""

from __future__ import annotations

import getpass
import json
import socket
import tempfile
from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.environment import check_environment
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.normalize import normalize
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.options import MODULE_OPTIONS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._apps import checked_apps, split_secrets
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._local_source import (
    describe_archive,
    describe_directory,
    left_out,
    pack,
    small_content,
)
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._one_look import OneLook, promised
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._options import checked
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.text import visible

VARIABLE = "gunicorn_apps"
SCALARS = {name: option for name, option in MODULE_OPTIONS.items() if name != "apps"}


class ActionModule(OneLook):
    MODULE = "gunicorn_apps"
    _apps: Mapping[str, App]

    def arguments(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Return the module's arguments, or raise InputError for an invalid declaration."""
        arguments = dict(self._task.args)
        raw = checked_apps(VARIABLE, arguments.pop("apps", {}))
        options = checked(f"{VARIABLE}_", arguments, SCALARS)
        _refuse_unknown_names(options["only"], raw)
        _set_version(options, raw)
        plain, secrets = split_secrets(VARIABLE, raw)
        self._apps = normalize(VARIABLE, plain, secrets)
        installer = check_environment("gunicorn_apps_installer_env", options["installer_env"] or {})
        return {
            **options,
            "apps": [{"name": name, **app} for name, app in plain.items()],
            "installer_env": None,
            "secrets": json.dumps({"apps": secrets, "installer": installer}),
            "sources": {
                name: self._describe(app, bool(options["only"]))
                for name, app in self._apps.items()
                if _is_local(app, options["only"])
            },
            "host": promised(options["host"], task_vars),
            "who": f"{getpass.getuser()}@{socket.gethostname()}",
        }

    def _converge(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        result = super()._converge(arguments, task_vars)
        warnings = [
            left_out(self._apps[name], self._find(self._apps[name]))
            for name, app in result.get("apps", {}).items()
            # An earlier run has warned already if nothing changes now.
            if self._apps[name].source.kind == "local" and (app.get("changes") or app.get("failure"))
        ]
        if any(warnings):
            result["warnings"] = [*result.get("warnings", ()), *filter(None, warnings)]
        return result

    def _show(self, result: Mapping[str, Any], host: str) -> None:
        """The steps of each deploy."""
        for name, app in result.get("apps", {}).items():
            for step in app.get("steps", ()):
                line = f"{host} {name}: {step['step']:<16} {step['seconds']:6.2f} s  {visible(step['verdict'])}"
                self._display.display(line.rstrip(), stderr=True)

    def upload(self, names: list[str], task_vars: Mapping[str, Any]) -> dict[str, str]:
        """Copy the sources of these apps to the host, and return their paths there."""
        shell = self._connection._shell
        if not shell.tmpdir:
            self._make_tmp_path()
        uploaded = {}
        for name in names:
            app = self._apps[name]
            remote = shell.join_path(shell.tmpdir, f"{name}.source")
            if app.source.kind == "archive":
                self._transfer_file(self._find(app), remote)
            else:
                with tempfile.NamedTemporaryFile(prefix="gunicorn-", suffix=".tar.gz") as archive:
                    pack(self._find(app), app.source.ignore, archive)
                    archive.flush()
                    self._transfer_file(archive.name, remote)
            uploaded[name] = remote
        return uploaded

    def _describe(self, app: App, selected: bool) -> dict[str, Any]:
        """Describe a local source. A user who selects an app wants it deployed, so include a small source inline."""
        path = self._find(app)
        about = describe_directory(app, path) if app.source.kind == "local" else describe_archive(app, path)
        content = small_content(app, path) if selected and not self._task.check_mode else ""
        return {**about, "content": content}

    def _find(self, app: App) -> str:
        """Resolve the path relative to the playbook, as Ansible does everywhere."""
        return self._loader.path_dwim(app.source.value)


def _is_local(app: App, only: list[str]) -> bool:
    return app.state == "present" and app.source.from_controller and (not only or app.name in only)


def _refuse_unknown_names(only: list[str], apps: Mapping[str, Any]) -> None:
    for name in only:
        if name not in apps:
            raise InputError("gunicorn_apps_only", f"there is no app '{name}'.", did_you_mean(name, apps))


def _set_version(options: Mapping[str, Any], apps: Mapping[str, dict[str, Any]]) -> None:
    if not options["version"]:
        return
    if len(options["only"]) != 1:
        raise InputError("gunicorn_apps_version", "requires exactly one app in gunicorn_apps_only.")
    source = apps[options["only"][0]]["source"] or {}
    if not source.get("git"):
        raise InputError(
            "gunicorn_apps_version", f"the source of '{options['only'][0]}' is not git, so it has no version."
        )
    source["version"] = options["version"]
