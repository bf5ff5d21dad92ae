# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of a host by the name of their module, so that one payload can carry all of them.

Each is imported only when it is needed: nothing is compiled on the host in advance, and a run without changes spends
most of its time on imports.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import Options

Run = Callable[[Options, bool], Result]


def _host() -> Run:
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.host import run

    return run


def _apps() -> Run:
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.apps import run

    return run


def _proxy() -> Run:
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.proxy import run

    return run


PARTS: Mapping[str, Callable[[], Run]] = {
    "gunicorn_host": _host,
    "gunicorn_apps": _apps,
    "gunicorn_proxy": _proxy,
}


def run(options: Options, check_mode: bool) -> Result:
    """Run the module that `part` names, with its options as JSON."""
    return PARTS[options["part"]]()(json.loads(options["options"]), check_mode)
