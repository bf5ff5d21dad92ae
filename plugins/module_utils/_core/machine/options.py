# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration of the `gunicorn_host` role and module, as checked values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.environment import (
    BUILD_TOOL,
    check_environment,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import WORKER_TMP_DIR
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.options import PLATFORMS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import TMPFS, parse_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.limits import check_limits
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.settings import Setting, parse_settings
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.tmpfs import BOOTS, Tmpfs, check_path
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.packages import check_names
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.uv import check_hashes, check_version

# An option `x` of the module is the variable `gunicorn_host_x` of the role; errors name the variable.
PREFIX = "gunicorn_host_"
UV_VERSION = "0.13.8"
WORKER_TMP_SIZE = "64m"
# The keys that every entry of `platforms` needs.
PLATFORM_KEYS = ("packages", "package_manager", "python", "ca_bundle")
# Shared by the module and the action plugin, which checks the same options on the controller.
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "packages": {"type": "list", "elements": "str", "default": []},
    "installer": {"type": "str", "choices": ["uv", "pip"], "default": "uv"},
    "uv_version": {"type": "str", "default": UV_VERSION},
    "uv_hashes": {"type": "list", "elements": "str", "default": []},
    "build_env": {"type": "dict", "default": {}, "no_log": True},
    "worker_tmp_enabled": {"type": "bool", "default": True},
    "worker_tmp_dir": {"type": "str", "default": WORKER_TMP_DIR},
    "worker_tmp_size": {"type": "str", "default": WORKER_TMP_SIZE},
    "worker_tmp_boot": {"type": "str", "choices": list(BOOTS), "default": BOOTS[0]},
    "sysctl": {"type": "dict", "default": {}},
    "sysctl_extra": {"type": "dict", "default": {}},
    "sysctl_unavailable": {"type": "str", "choices": ["warn", "fail"], "default": "warn"},
    "limits": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "domain": {"type": "str", "required": True},
            "type": {"type": "str", "choices": ["soft", "hard", "-"], "default": "-"},
            "item": {"type": "str", "required": True},
            "value": {"type": "str", "required": True},
        },
    },
    **PLATFORMS,
}


@dataclass(frozen=True)
class HostSpec:
    packages: Sequence[str]
    uv_version: str
    uv_hashes: Sequence[str]
    build_env: Mapping[str, str]
    worker_tmp: Optional[Tmpfs]
    sysctl: Sequence[Setting]
    sysctl_unavailable: str
    limits: Sequence[Mapping[str, Any]]


def host_spec(options: Mapping[str, Any]) -> HostSpec:
    """Return the declaration, or raise InputError for its first invalid value."""
    _check_platforms(options["platforms"])
    check_limits(f"{PREFIX}limits", options["limits"])
    uv = check_version(f"{PREFIX}uv_version", options["uv_version"]) if options["installer"] == "uv" else ""
    return HostSpec(
        packages=check_names(f"{PREFIX}packages", options["packages"]),
        uv_version=uv,
        uv_hashes=check_hashes(f"{PREFIX}uv_hashes", options["uv_hashes"], uv) if uv else (),
        build_env=check_environment(f"{PREFIX}build_env", options["build_env"], reader=BUILD_TOOL),
        worker_tmp=_worker_tmp(options) if options["worker_tmp_enabled"] else None,
        sysctl=parse_settings({f"{PREFIX}{name}": options[name] for name in ("sysctl", "sysctl_extra")}),
        sysctl_unavailable=options["sysctl_unavailable"],
        limits=options["limits"],
    )


def _check_platforms(platforms: Mapping[str, Any]) -> None:
    for name, platform in platforms.items():
        missing = [key for key in PLATFORM_KEYS if not isinstance(platform, Mapping) or key not in platform]
        if missing:
            raise InputError(f"platforms.{name}", f"is missing {', '.join(missing)}.")


def _worker_tmp(options: Mapping[str, Any]) -> Tmpfs:
    return Tmpfs(
        check_path(f"{PREFIX}worker_tmp_dir", options["worker_tmp_dir"]),
        parse_size(f"{PREFIX}worker_tmp_size", options["worker_tmp_size"], TMPFS),
        options["worker_tmp_boot"],
    )
