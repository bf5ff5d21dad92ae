# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Converge all apps of a host: look once, plan each, carry out what differs; one app's failure does not stop the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.app_plan import Current, Plan, plan_absent_app, plan_app
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.scrub import scrub
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.declare import Context, Declared
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy import Deploy
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.look import look, read_manifests
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.needs import missing_packages, refuse_missing
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd import Systemd


@dataclass
class Request:
    """What the module was asked, with the secrets apart."""

    apps: Mapping[str, App]
    secrets: Mapping[str, Mapping[str, str]]
    installer_env: Mapping[str, str]
    sources: Mapping[str, Mapping[str, Any]]
    uploads: Mapping[str, str]
    who: str
    platform: Mapping[str, Any] = field(default_factory=dict)

    @property
    def all_secrets(self) -> list[str]:
        return [value for env in (*self.secrets.values(), self.installer_env) for value in env.values()]


@dataclass
class Case:
    """One app on its way through the run."""

    app: App
    deploy: Deploy
    now: Current
    declared: Optional[Declared]
    plan: Plan


def converge(request: Request, context: Context, runner: Runner, check_mode: bool) -> dict[str, Any]:
    """Return the module's result; `failed` apps are named in `msg`."""
    present = [app for app in request.apps.values() if app.state == "present"]
    refuse_missing(present, runner)
    packages = missing_packages(present, request.platform, context.uv)
    if packages and not check_mode:
        return {"changed": False, "changes": [], "apps": {}, "needs": {"packages": packages}}

    results: dict[str, dict[str, Any]] = {}
    cases = _plan_all(request, context, runner, results)
    uploads = [
        case.app.name
        for case in cases
        if case.plan.add_source and case.app.source.from_controller and case.app.name not in request.uploads
    ]
    if uploads and not check_mode:
        return {"changed": False, "changes": [], "apps": {}, "needs": {"uploads": uploads}}

    for case in cases:
        results[case.app.name] = _carry_out(case, request, check_mode)
    return _combined(results, packages, request.all_secrets)


def _plan_all(
    request: Request, context: Context, runner: Runner, results: dict[str, dict[str, Any]]
) -> list[Case]:
    seen = look(Systemd(runner), request.apps.values())
    cases = []
    for name, app in request.apps.items():
        options = {
            "uploads": request.uploads,
            "installer_env": request.installer_env,
            "who": request.who,
        }
        deploy = Deploy(runner, context, request.secrets.get(name, {}), request.sources.get(name, {}), options)
        try:
            declared = deploy.declare(app, seen[name]) if app.state == "present" else None
            plan = plan_app(declared.declaration, seen[name]) if declared else plan_absent_app(app, seen[name])
        except HostError as exc:
            results[name] = {"failed": True, "changed": False, "changes": [], "diff": [], "msg": exc.explain()}
            continue
        cases.append(Case(app, deploy, seen[name], declared, plan))
    return cases


def _carry_out(case: Case, request: Request, check_mode: bool) -> dict[str, Any]:
    plan, changes = case.plan, list(case.plan.changes)
    failure = ""
    if not check_mode and (plan.changed or case.app.upgrade):
        try:
            plan = case.deploy.converge(case.app, case.now, plan)
            changes = changes or list(plan.changes)
        except (HostError, InputError) as exc:
            failure = exc.explain() if isinstance(exc, HostError) else str(exc)
    result = {
        "failed": bool(failure),
        "changed": bool(changes) and not failure,
        "changes": changes,
        "diff": [change.diff() for change in plan.files],
        "seconds": case.deploy.seconds,
        "release": plan.release or "",
        "previous": case.now.current,
    }
    if case.declared:
        manifest = read_manifests(case.app.layout.releases).get(plan.release or "", {})
        result["gunicorn"] = manifest.get("venv", {}).get("gunicorn", "")
        result["version"] = case.declared.resolved.get("commit", case.app.source.version)
        result["instances"] = {
            instance.name: {
                "bind": instance.bind,
                "worker_class": sizing.worker_class,
                "workers": sizing.workers,
                "threads": sizing.threads,
                "reasons": [*sizing.reasons, *instance.timeouts.reasons],
            }
            for instance in case.app.instances
            for sizing in [case.declared.declaration.sizings[instance.name]]
        }
    if failure:
        result["msg"] = failure
    return result


def _combined(results: Mapping[str, dict[str, Any]], packages: Iterable[str], secrets: list[str]) -> dict[str, Any]:
    failed = {name: scrub(result["msg"], secrets) for name, result in results.items() if result.get("failed")}
    for name, message in failed.items():
        results[name]["msg"] = message
    changes = [f"install package {name}" for name in packages]
    changes += [f"{name}: {change}" for name, result in results.items() if not result.get("failed") for change in result["changes"]]
    diff = [entry for result in results.values() for entry in result.pop("diff")]
    answer: dict[str, Any] = {"changed": bool(changes), "changes": changes, "diff": diff, "apps": dict(results)}
    if failed:
        answer["failed"] = True
        answer["msg"] = "\n\n".join(f"{name}: {message}" for name, message in failed.items())
    return answer
