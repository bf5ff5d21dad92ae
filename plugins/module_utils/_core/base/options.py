# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several modules share; they are documented in `plugins/doc_fragments/options.py`."""

from __future__ import annotations

from typing import Any

Options = dict[str, dict[str, Any]]
APP: Options = {"app": {"type": "str", "required": True}}
DEPLOY_LOCK: Options = {"lock_wait": {"type": "float", "default": 0.0}, "who": {"type": "str", "default": ""}}
PLATFORMS: Options = {"platforms": {"type": "dict", "required": True}}
HOST_RESULT: Options = {"host": {"type": "dict", "default": {}}}
PARTS: Options = {part: {"type": "dict"} for part in ("host", "apps", "proxy")}

# How running processes are replaced, and why an app cannot use `reload`.
AUTO, SEAMLESS, RESTART, RELOAD = "auto", "seamless", "restart", "reload"
STRATEGIES = (AUTO, SEAMLESS, RESTART, RELOAD)
OWN_PATHS = (
    "'reload' would load the old code and settings again: every release has its own paths, and a running master keeps "
    "those that it was started with."
)
PRELOADED = "'reload' would not load the new code: with `preload_app` the master keeps the code that it has loaded."
OTHER_STRATEGIES = "Use 'seamless' or 'restart'."
