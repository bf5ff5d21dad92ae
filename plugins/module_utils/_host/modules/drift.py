# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The door of the module gunicorn_drift: what a run would change, and where running processes differ."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.normalize import normalize
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.accepted import accepted, sort_out
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.predicted import predicted
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.platform import pick
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.lock import last_update, wait_until_free
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.drift.observe import find_live_drift
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.machine.platform import os_release
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import Options
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.site import look
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner


def run(options: Options, _check_mode: bool) -> Result:
    """Return the findings, or `unchecked` with the reason if the host cannot be checked now.

    Raises InputError for a bad entry of `ignore`.
    """
    known = accepted("ignore", options["ignore"])
    apps = _apps(options["apps"])
    locks = [app.layout.lock for app in apps]
    busy = wait_until_free(locks, options["apps"]["lock_wait"])
    if busy:
        return Result({"unchecked": busy})
    before = [last_update(lock) for lock in locks]
    parts = look(options)
    secrets = [secret for part in parts.values() for secret in part.secrets]
    problems = [f"{name}: {part.failure}" for name, part in parts.items() if part.failure]
    if problems:
        return Result({"unchecked": "\n".join(problems)}, secrets=secrets)
    found = _predicted(parts)
    nginx = pick(options["proxy"]["platforms"], os_release())["directory"]
    found += find_live_drift(apps, nginx, Runner())
    if [last_update(lock) for lock in locks] != before:
        return Result({"unchecked": "a deploy began during the check. Run again."}, secrets=secrets)
    ordered = sort_out(found, known, options["today"])
    values = {
        "ignored": ordered.ignored,
        "expired": ordered.expired,
        "unused": ordered.unused,
        "checked": ["host", *sorted(app.name for app in apps), "proxy"],
    }
    warnings = [warning for part in parts.values() for warning in part.warnings]
    return Result(values, findings=ordered.new, warnings=warnings, secrets=secrets)


def _apps(options: Mapping[str, Any]) -> list[App]:
    secrets = json.loads(options["secrets"] or "{}").get("apps", {})
    return list(normalize("gunicorn_apps", {app["name"]: app for app in options["apps"]}, secrets).values())


def _predicted(parts: Mapping[str, Result]) -> list[Finding]:
    """Return what each part would change, as findings; those of an app carry its name."""
    named = [*(("", part) for part in parts.values()), *(parts["apps"].apps or {}).items()]
    return [finding for app, part in named for finding in predicted(app, part.changes or ())]
