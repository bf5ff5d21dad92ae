# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller side of `gunicorn_site_info`: the action of each part checks its options, one call sends them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._one_look import OneLook
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._options import checked
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._role_options import PARTS


class ActionModule(OneLook):
    MODULE = "gunicorn_site_info"
    PAYLOAD = "gunicorn_look"

    def arguments(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        given = checked(self.MODULE, self._task.args, {part: {"type": "dict"} for part in PARTS})
        return self._arguments_of_parts(given, task_vars)
