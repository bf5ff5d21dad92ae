# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Converge all apps on a host: read their state once, plan each, apply what differs. A failure stops no other app."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Optional, Protocol

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.accounts import refuse_account
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.environment import CREDENTIALS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.explain import explain
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.instances import refuse_taken_directory
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.normalize import normalize
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import INSTALL_PACKAGE, Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import (
    Failure,
    InputError,
    as_host_error,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import Finding, warnings_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.supply_chain import (
    unprotected,
    unprotected_indexes,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan import Plan
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.deploy.plan_app import (
    plan_absent_app,
    plan_app,
    without_fixes,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.advisories import advisories
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.setting_rules import findings
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.build_env import secrets_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.platform import pick
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.current import AppState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.declaration import declared_text, describe
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import (
    NO_RELEASE,
    Manifest,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import Sizing
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.credentials import refuse_credentials
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.egress import egress_findings
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.declare import (
    Context,
    Declared,
    declare,
    uses_uv,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.lock import is_locked
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.look import look
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.deploy.needs import (
    missing_packages,
    refuse_missing,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.machine.capacity import (
    host_capacity,
    resolvers,
    systemd_version,
    worker_tmp_dir,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.machine.platform import os_release
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.ceiling import somaxconn
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.accounts import read_account, read_proxy
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.detached import detached
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import text_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd


@dataclass
class Request:
    """What the module was called with; secrets are separate."""

    apps: Mapping[str, App]
    secrets: Mapping[str, Mapping[str, str]]
    installer_env: Mapping[str, str]
    sources: Mapping[str, Mapping[str, Any]]
    uploads: Mapping[str, str]
    who: str
    lock_wait: float
    release_commands: bool
    platform: Mapping[str, Any] = field(default_factory=dict)


def run_apps(options: Mapping[str, Any], check_mode: bool, carry_out: Optional[CarryOut] = None) -> Result:
    """Converge the apps. Raise InputError for invalid options; a HostError becomes the result's failure.

    Only check mode works without `carry_out`, which does what is planned for an app: a module that only looks does not
    send the code of a deploy to the host.
    """
    secrets = json.loads(options["secrets"] or "{}")
    hidden = [value for env in secrets.get("apps", {}).values() for value in env.values()]
    hidden += secrets_of(secrets.get("installer", {}))
    runner = Runner()
    try:
        result = converge(*parse_options(options, secrets, runner), runner, check_mode, carry_out)
    except InputError:
        raise
    except Exception as exc:
        result = Result(failure=as_host_error(exc).failure)
    # The failure of the whole repeats those of the apps, which may quote secrets of earlier releases.
    result.secrets = [*hidden, *(secret for app in (result.apps or {}).values() for secret in app.secrets)]
    return result


def parse_options(options: Mapping[str, Any], secrets: Mapping[str, Any], runner: Runner) -> tuple[Request, Context]:
    """Return the request, and what is the same for all apps on this host. Raise InputError for invalid options."""
    platform = pick(options["platforms"], os_release())
    apps = normalize("gunicorn_apps", {app["name"]: app for app in options["apps"]}, secrets.get("apps", {}))
    context = Context(
        host=host_capacity(),
        shares=sum(len(app.instances) for app in apps.values() if app.state == "present"),
        systemd=systemd_version(runner),
        worker_tmp_dir=worker_tmp_dir(options["worker_tmp_dir"], options["host"].get("worker_tmp_dir", "")),
        proxy_group=options["proxy_group"] or platform["proxy_group"],
        uv=uses_uv(options["installer"], options["host"].get("uv", False)),
        somaxconn=somaxconn(options["host"].get("somaxconn", 0)),
        resolvers=resolvers(),
    )
    refuse_taken_directory(apps, context.worker_tmp_dir)
    request = Request(
        apps={name: app for name, app in apps.items() if not options["only"] or name in options["only"]},
        secrets=secrets.get("apps", {}),
        installer_env=secrets.get("installer", {}),
        sources=options["sources"],
        uploads=options["uploads"],
        who=options["who"],
        lock_wait=options["lock_wait"],
        release_commands=options["release_commands"],
        platform=platform,
    )
    return request, context


@dataclass
class Case:
    """One app during the run."""

    app: App
    now: AppState
    declared: Optional[Declared]
    plan: Plan


class CarryOut(Protocol):
    """Do what is planned for one app, and report it."""

    def __call__(self, case: Case, request: Request, context: Context, runner: Runner) -> Result: ...


def converge(
    request: Request, context: Context, runner: Runner, check_mode: bool, carry_out: Optional[CarryOut]
) -> Result:
    """Converge all requested apps; if some fail, the failure names them, and the others are converged anyway."""
    present = [app for app in request.apps.values() if app.state == "present"]
    refuse_missing(present)
    packages = missing_packages(present, request.platform, context.uv)
    if packages and not check_mode:
        return Result(changes=[], apps={}, needs={"packages": packages})

    results: dict[str, Result] = {}
    cases = _plan_all(request, context, runner, results)
    uploads = [case.app.name for case in cases if case.plan.add_source and case.app.source.from_controller]
    if not check_mode and not all(name in request.uploads or request.sources[name].get("content") for name in uploads):
        return Result(changes=[], apps={}, needs={"uploads": uploads})

    todo = [case for case in cases if carry_out and not check_mode and (case.plan.changed or case.app.upgrade)]
    done: Mapping[str, Result] = {}
    if carry_out and todo:
        act = partial(carry_out, request=request, context=context, runner=runner)
        done = detached(lambda: {case.app.name: _by_itself(act, case) for case in todo})
    look_only = partial(_as_planned, context=context)
    for case in cases:
        results[case.app.name] = done.get(case.app.name) or _by_itself(look_only, case)
    # For apps that do not change, an earlier run has already reported these.
    changing = [case for case in cases if case.plan.changed]
    warnings = warnings_of(finding for case in changing for finding in results[case.app.name].findings or ())
    warnings += warnings_of(unprotected_indexes(request.installer_env, (case.app for case in changing), context.uv))
    warnings += [
        f"{case.app.name}: release {name} cannot be used. {about}"
        for case in changing
        for name, about in case.now.unusable.items()
    ]
    if check_mode:
        upgrading = [case.app.name for case in cases if case.app.upgrade]
        warnings += [f"{name}: what `upgrade` finds is only known in a real run." for name in upgrading]
    changes = [Change(INSTALL_PACKAGE, name, kind="package-missing") for name in packages]
    return Result(changes=changes, apps=results, warnings=warnings, failure=_failure(results))


def _by_itself(work: Callable[[Case], Result], case: Case) -> Result:
    """Return the result of one app; whatever goes wrong with it is its own failure, and the others go on."""
    try:
        return work(case)
    except Exception as exc:
        return Result(changes=[], failure=as_host_error(exc).failure)


def _as_planned(case: Case, context: Context) -> Result:
    return report(case, case.plan, context, case.now.manifests)


def _failure(results: Mapping[str, Result]) -> Optional[Failure]:
    """What became of the run, by app; the evidence stays with each of them."""
    failed = {name: result.failure for name, result in results.items() if result.failure}
    if not failed:
        return None
    steps = {failure.step for failure in failed.values()}
    return Failure(
        "\n".join(f"{name}: {failure.cause}" for name, failure in failed.items()),
        restored=" ".join(dict.fromkeys(failure.restored for failure in failed.values() if failure.restored)),
        step=steps.pop() if len(steps) == 1 else "",
    )


def _plan_all(request: Request, context: Context, runner: Runner, results: dict[str, Result]) -> list[Case]:
    """Return the apps that can be planned; the result of any other one is its failure."""
    seen = _look(Systemd(runner), request.apps, results)
    cases = []
    for name, now in seen.items():
        try:
            cases.append(_plan(request.apps[name], now, request, context, runner))
        except InputError:  # the declaration is wrong, so nothing at all is changed
            raise
        except Exception as exc:
            results[name] = Result(changes=[], failure=as_host_error(exc).failure)
    return cases


def _look(systemd: Systemd, apps: Mapping[str, App], results: dict[str, Result]) -> dict[str, AppState]:
    try:
        return look(systemd, apps.values())
    except Exception:  # one look at all is quicker; the state of which app has caused this, only separate ones tell
        seen: dict[str, AppState] = {}
        for name, app in apps.items():
            try:
                seen |= look(systemd, [app])
            except Exception as exc:
                results[name] = Result(changes=[], failure=as_host_error(exc).failure)
        return seen


def _plan(app: App, now: AppState, request: Request, context: Context, runner: Runner) -> Case:
    if is_locked(app.layout.lock):  # units that a running deploy uses are not leftovers
        now = replace(now, leftovers=())
    if app.state == "absent":
        return Case(app, now, None, plan_absent_app(app, now))
    refuse_account(f"gunicorn_apps.{app.name}.user", read_account(app.user), read_proxy(context.proxy_group))
    if app.secrets_in == CREDENTIALS:
        refuse_credentials(f"gunicorn_apps.{app.name}.secrets_in", text_of(1, "mountinfo"))
    local_source, secrets = request.sources.get(app.name, {}), request.secrets.get(app.name, {})
    declared = declare(context, runner, app, now, secrets, local_source)
    plan = plan_app(declared.declaration, now, release_commands=request.release_commands)
    return Case(app, now, declared, plan)


def _release_diff(case: Case) -> list[dict[str, Any]]:
    """Return a diff between the declaration of a new release and that of the current one."""
    if not case.declared or not case.plan.add_release:
        return []
    before = case.now.manifests.get(case.now.current, NO_RELEASE).declared
    after = declared_text(case.declared.declaration)
    header = f"release of {case.app.name}"
    return [{"before_header": header, "after_header": header, "before": before, "after": after}]


def report(case: Case, plan: Plan, context: Context, manifests: Mapping[str, Manifest]) -> Result:
    # Report the first plan, as check mode does; a plan made after the build no longer lists what the build did.
    reported = case.plan if case.plan.changes else plan
    changes = reported.changes if plan.activate else without_fixes(reported)
    values: dict[str, Any] = {
        "seconds": {},
        "steps": [],
        "release": plan.release or "",
        "previous": case.now.current,
    }
    diff = [*_release_diff(case), *(change.diff() for change in plan.files)]
    if not case.declared:
        return Result(values, changes, diff)
    values["gunicorn"] = manifests.get(plan.release or "", NO_RELEASE).venv.gunicorn
    values["version"] = case.declared.resolved.get("commit", case.app.source.version)
    sizings = case.declared.declaration.sizings
    values["instances"] = {one.name: describe(one, sizings[one.name]) for one in case.app.instances}
    version = values["gunicorn"] or case.app.gunicorn_version
    found = _findings(case.app, sizings, version, context.somaxconn)
    of_app = unprotected(case.app, case.declared.requirements, context.uv)
    of_app += advisories(f"gunicorn_apps.{case.app.name}.gunicorn_version", version)
    of_app += egress_findings(case.app.name, case.app.egress, context.resolvers)
    found += [finding._replace(app=case.app.name) for finding in of_app]
    values["explained"] = explain(values["instances"], found)
    return Result(values, changes, diff, found)


def _findings(app: App, sizings: Mapping[str, Sizing], version: str, somaxconn: int) -> list[Finding]:
    return [
        finding._replace(subject=one.variable(app.name, finding.subject), app=app.name)
        for one in app.instances
        for finding in findings(one.facts(sizings[one.name].worker_class, version, somaxconn))
    ]
