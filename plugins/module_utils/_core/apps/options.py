# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of an app as data: one table for the module, the controller's check and the documentation."""

from __future__ import annotations

from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.environment import CREDENTIALS, ENVIRONMENT
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.options import (
    DEPLOY_LOCK,
    HOST_RESULT,
    PLATFORMS,
    STRATEGIES,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.options import HEALTH_OPTIONS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.options import PROXY_OPTIONS

SOURCE_KINDS = ("packages", "git", "archive", "local", "path")
SOURCE_OPTIONS: dict[str, Any] = {
    "packages": {"type": "list", "elements": "str"},
    "git": {"type": "str"},
    "version": {"type": "str"},
    "archive": {"type": "str"},
    "checksum": {"type": "str"},
    "local": {"type": "str"},
    "ignore": {"type": "list", "elements": "str"},
    "path": {"type": "str"},
    "venv": {"type": "str"},
    "subdir": {"type": "str"},
}
REQUEST_KINDS = ["api", "report", "upload"]
LIMIT_OPTIONS: dict[str, Any] = {
    "nofile": {"type": "int"},
    "nproc": {"type": "int"},
    "tasks_max": {"type": "int"},
    "memory_high": {"type": "str"},
    "memory_max": {"type": "str"},
}
SANDBOX_OPTIONS: dict[str, Any] = {
    "directive": {"type": "str", "required": True},
    "value": {"type": "str", "required": True},
    "reason": {"type": "str", "required": True},
}
EGRESS_OPTIONS: dict[str, Any] = {"allow": {"type": "list", "elements": "str", "default": []}}
# What an instance may override; all other options belong to the app.
INSTANCE_OPTIONS: dict[str, Any] = {
    "profile": {"type": "str", "choices": ["cpu", "io", "mixed", "realtime"]},
    "requests": {"type": "str", "choices": REQUEST_KINDS},
    "settings": {"type": "dict", "default": {}},
    "routes": {"type": "list", "elements": "str"},
    "bind": {"type": "str"},
}
APP_OPTIONS: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "purge": {"type": "bool", "default": False},
    "app": {"type": "str"},
    "source": {"type": "dict", "options": SOURCE_OPTIONS},
    "requirements": {"type": "raw"},
    "python": {"type": "str", "default": "python3"},
    "gunicorn_version": {"type": "str"},
    "extras": {"type": "list", "elements": "str", "default": []},
    "upgrade": {"type": "bool", "default": False},
    "wheels_only": {"type": "bool", "default": False},
    "require_hashes": {"type": "bool", "default": False},
    "profile": {"type": "str", "choices": ["cpu", "io", "mixed", "realtime"], "default": "mixed"},
    "requests": {"type": "str", "choices": REQUEST_KINDS},
    "settings": {"type": "dict", "default": {}},
    "hooks": {"type": "str"},
    "access_log": {"type": "str", "choices": ["none", "text", "json"], "default": "none"},
    "log_memory": {"type": "bool", "default": False},
    "env": {"type": "dict", "default": {}},
    "secret_env": {"type": "dict", "no_log": True},
    "secrets_in": {"type": "str", "choices": [ENVIRONMENT, CREDENTIALS], "default": ENVIRONMENT},
    "build": {"type": "list", "elements": "str", "default": []},
    "build_network": {"type": "bool", "default": False},
    "build_secrets": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "release": {"type": "list", "elements": "str", "default": []},
    "strategy": {"type": "str", "choices": list(STRATEGIES), "default": "auto"},
    "instances": {"type": "dict"},
    "routes": {"type": "list", "elements": "str"},
    "bind": {"type": "str"},
    "server_name": {"type": "list", "elements": "str", "default": []},
    "static": {"type": "dict", "default": {}},
    "health": {"type": "dict", "options": HEALTH_OPTIONS, "default": {}, "apply_defaults": True},
    "user": {"type": "str"},
    "worker_memory": {"type": "str"},
    "memory_budget": {"type": "str"},
    "limits": {"type": "dict", "options": LIMIT_OPTIONS, "default": {}, "apply_defaults": True},
    "sandbox": {"type": "list", "elements": "dict", "options": SANDBOX_OPTIONS, "default": []},
    "egress": {"type": "dict", "options": EGRESS_OPTIONS},
    "systemd": {"type": "dict", "default": {}},
    "keep_releases": {"type": "int", "default": 5},
    "proxy": {"type": "dict", "options": PROXY_OPTIONS, "default": {}, "apply_defaults": True},
}
# The options of the module gunicorn_apps. Secrets never arrive in `secret_env`: the action plugin moves them into
# `secrets`, because Ansible would mask every occurrence of a short value ("1") in the result.
MODULE_OPTIONS: dict[str, Any] = {
    "apps": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {"name": {"type": "str", "required": True}, **APP_OPTIONS},
    },
    "installer": {"type": "str", "choices": ["auto", "uv", "pip"], "default": "auto"},
    "installer_env": {"type": "dict", "no_log": True},
    "worker_tmp_dir": {"type": "str", "default": "auto"},
    "proxy_group": {"type": "str"},
    **DEPLOY_LOCK,
    "release_commands": {"type": "bool", "default": True},
    "only": {"type": "list", "elements": "str", "default": []},
    "version": {"type": "str"},
    **PLATFORMS,
    "secrets": {"type": "str", "no_log": True},
    "sources": {"type": "dict", "default": {}},
    "uploads": {"type": "dict", "default": {}},
    **HOST_RESULT,
}
