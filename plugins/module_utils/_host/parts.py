# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The converging modules as functions, so that one payload can carry all of them.

Each imports what it needs only when it is asked for: on the host nothing is compiled beforehand, and a run that changes
nothing mostly waits for imports.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.promise import promise
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.scrub import scrub_all
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.answer import answered, failure
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.run import Runner

Options = Mapping[str, Any]


def converge_host(options: Options, check_mode: bool) -> dict[str, Any]:
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build_env import secrets_of
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.host_spec import host_spec
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.gunicorn_host import converge

    spec = host_spec(options)
    secrets = secrets_of(spec.build_env)
    done: list[str] = []
    try:
        result = converge(spec, options["platforms"], check_mode, Runner(), done)
    except HostError as exc:
        result = {**failure(exc), "changed": bool(done), "changes": done}
    result["warnings"] = [f"{finding['evidence']} {finding['advice']}" for finding in result.get("findings", ())]
    return dict(scrub_all(result, secrets))


def converge_apps(options: Options, check_mode: bool) -> dict[str, Any]:
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.apps import converge, request

    secrets = json.loads(options["secrets"] or "{}")
    hidden = [
        value for env in (*secrets.get("apps", {}).values(), secrets.get("installer", {})) for value in env.values()
    ]
    try:
        result = converge(*request(options, secrets, Runner()), Runner(), check_mode)
    except HostError as exc:
        result = failure(exc)
    return dict(scrub_all(result, hidden))


def converge_proxy(options: Options, check_mode: bool) -> dict[str, Any]:
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.proxy import converge

    return converge(options, Runner(), check_mode)


def look_at_site(options: Options, _check_mode: bool) -> dict[str, Any]:
    """All parts in check mode, each told what the one before it would bring."""
    host = run_part("gunicorn_host", options["host"], True)
    brings = {"host": promise(host)}
    apps = run_part("gunicorn_apps", {**options["apps"], **brings}, True)
    proxy = run_part("gunicorn_proxy", {**options["proxy"], **brings}, True)
    parts = {"host": host, "apps": apps, "proxy": proxy}
    # What a part says here it says again when its role runs; where none does, this is the place to say it.
    warnings = [warning for part in parts.values() for warning in part.pop("warnings", ())]
    unknown = any(app["state"] == "present" and app["upgrade"] for app in options["apps"]["apps"])
    differs = unknown or any(part.get("changed") or part.get("failed") or part.get("needs") for part in parts.values())
    return {"changed": False, "differs": differs, **parts, "warnings": [] if differs else warnings}


def find_drift(options: Options, _check_mode: bool) -> dict[str, Any]:
    """What a run would change, and what runs otherwise than declared; `unchecked` says why that cannot be told."""
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.app import normalize
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift_changes import from_changes
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift_finding import accepted, sort_out
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.platform import pick
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy_lock import last_told, wait_until_free
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.drift import find_live_drift, predictions
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.platform import os_release

    known = accepted("ignore", options["ignore"])
    given = options["apps"]
    secrets = json.loads(given["secrets"] or "{}").get("apps", {})
    apps = normalize("gunicorn_apps", {app["name"]: app for app in given["apps"]}, secrets)
    locks = [app.layout.lock for app in apps.values()]
    busy = wait_until_free(locks, given["lock_wait"])
    if busy:
        return {"changed": False, "unchecked": busy}
    before = [last_told(lock) for lock in locks]
    site = look_at_site(options, True)
    parts = {part: site[part] for part in ("host", "apps", "proxy")}
    problems = [f"{part}: {result['msg']}" for part, result in parts.items() if result.get("failed")]
    if problems:
        return {"changed": False, "unchecked": "\n".join(problems)}
    found = [one for part, app, changes in predictions(parts) for one in from_changes(part, app, changes)]
    nginx = pick(options["proxy"]["platforms"], os_release())["directory"]
    found += find_live_drift(apps.values(), nginx, Runner())
    if [last_told(lock) for lock in locks] != before:
        return {"changed": False, "unchecked": "a deploy began while this was looking. Run again."}
    told = sort_out(found, known, options["today"])
    return {
        "changed": False,
        "findings": [one._asdict() for one in told.new],
        "ignored": told.ignored,
        "expired": told.expired,
        "unused": told.unused,
        "checked": ["host", *sorted(apps), "proxy"],
        "warnings": site["warnings"],
    }


PARTS: Mapping[str, Callable[[Options, bool], dict[str, Any]]] = {
    "gunicorn_host": converge_host,
    "gunicorn_apps": converge_apps,
    "gunicorn_proxy": converge_proxy,
    "gunicorn_site_info": look_at_site,
    "gunicorn_drift": find_drift,
}


def run_part(name: str, options: Options, check_mode: bool) -> dict[str, Any]:
    """Run one part; a refusal becomes a result that says why."""
    return answered(lambda: PARTS[name](options, check_mode))
