# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller side of the `gunicorn_host` module: check the declaration before anything on the host changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.options import (
    ARGUMENT_SPEC,
    PREFIX,
    host_spec,
)
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._one_look import OneLook
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._options import checked


class ActionModule(OneLook):
    MODULE = "gunicorn_host"

    def arguments(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        options = checked(PREFIX, self._task.args, ARGUMENT_SPEC)
        host_spec(options)
        return options
