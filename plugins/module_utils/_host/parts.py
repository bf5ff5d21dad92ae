# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The three converging modules as functions, so that one payload can carry all of them.

Each imports what it needs only when it is asked for: on the host nothing is compiled beforehand, and a run that changes
nothing mostly waits for imports.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.scrub import scrub_all
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


PARTS: Mapping[str, Callable[[Options, bool], dict[str, Any]]] = {
    "gunicorn_host": converge_host,
    "gunicorn_apps": converge_apps,
    "gunicorn_proxy": converge_proxy,
}


def run_part(name: str, options: Options, check_mode: bool) -> dict[str, Any]:
    """Run one part; a refusal becomes a result that says why."""
    try:
        return PARTS[name](options, check_mode)
    except InputError as exc:
        return {"failed": True, "msg": str(exc)}
    except HostError as exc:
        return failure(exc)


def failure(exc: HostError) -> dict[str, Any]:
    return {"failed": True, "msg": exc.explain()}


def finish(module: Any, result: dict[str, Any]) -> None:
    """Hand the result to Ansible."""
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
