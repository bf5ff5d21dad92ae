# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checked declaration of the `gunicorn_sysctl` module: kernel settings in a separate sysctl.d file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import FileState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.boot_files import parse_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.plan import HOST, Owner, SysctlPlan
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.settings import Setting, parse_settings
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import MANAGED

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "settings": {"type": "dict"},
    "name": {"type": "str", "default": "gunicorn-sysctl"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "unavailable": {"type": "str", "choices": ["warn", "fail"], "default": "warn"},
}
RULES: dict[str, Any] = {"required_if": [("state", "present", ["settings"])]}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class SysctlSpec:
    owner: Owner
    settings: tuple[Setting, ...]
    strict: bool


def sysctl_spec(options: Mapping[str, Any]) -> SysctlSpec:
    """Return the declaration, or raise InputError; with `state: absent` it has no settings."""
    owner = Owner(_path("name", options["name"]), "of settings")
    settings = parse_settings({"settings": options["settings"]}) if options["state"] == "present" else []
    return SysctlSpec(owner, tuple(settings), options["unavailable"] == "fail")


def _path(variable: str, name: str) -> str:
    if not _NAME.fullmatch(name):
        hint = "Use up to 64 letters, digits, '-' and '_', for example gunicorn-sysctl."
        raise InputError(variable, f"'{name}' cannot be part of a file name.", hint)
    path = f"/etc/sysctl.d/90-{name}.conf"
    if path == HOST.path:
        hint = "Use another name, or declare the settings in gunicorn_host_sysctl_extra."
        raise InputError(variable, f"'{name}' is reserved: {path} is the file of gunicorn_host.", hint)
    return path


def refuse_foreign(path: str, before: Optional[FileState]) -> None:
    """Raise HostError if the file exists and is not ours: somebody else may have used the same name."""
    if before is not None and not before.content.startswith(MANAGED):
        raise HostError(
            f"{path} exists and was not created by this collection.",
            "Rename or remove the file, or use another name.",
            "Nothing was changed.",
        )


def kept_live(plan: SysctlPlan) -> tuple[str, ...]:
    """Return a note for each key that is removed from the file, because its live value does not change."""
    if not plan.file or not plan.file.before:
        return ()
    lines = parse_file(plan.file.path, plan.file.before.content)
    removed = dict.fromkeys(line.pattern for line in lines if line.pattern not in plan.report)
    return tuple(f"{key}: its live value stays as it is until the next boot." for key in removed)
