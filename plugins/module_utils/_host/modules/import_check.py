# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The door of the module gunicorn_import_check: check a deployed app, or code that this collection does not manage."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.environment import check_environment
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import (
    HostError,
    InputError,
    as_host_error,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import DesiredFile
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import RUNTIME_UNITS, conf_path
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.import_report import About
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.sandbox_trial import Switches, check_trial
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.app_module import APP_MODULE
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import refuse_unusable
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.bare_unit import SERVICE, bare_service
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.environment_file import (
    parse_environment,
    render_environment,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.runtime_units import (
    CHECK,
    runtime_directory,
    variant_name,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.checks.import_check import (
    ImportFailed,
    check_import,
    stage,
    try_import,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import Options
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import Store, find_app, read_units
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.exclusive import exclusive
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import read_file, write_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.users import refuse_root, user_exists
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd


@dataclass(frozen=True)
class Subject:
    """What is imported and where, and the secrets that must not be shown."""

    service: str
    unit_text: str
    about: About
    interpreter: str
    secrets: tuple[str, ...]
    environment: str = ""


def run(options: Options, _check_mode: bool) -> Result:
    """Return the report, also if the import failed. Raises InputError for a wrong option."""
    if options["timeout"] < 1:
        raise InputError("timeout", f"must be at least 1 second, not {options['timeout']}.")
    if options["try_sandbox"] and not options["sandbox"]:
        raise InputError("try_sandbox", "has no effect with `sandbox: false`.", "Remove one of them.")
    subject = _deployed(options) if options["app"] else _by_hand(options)
    opened = check_trial("try_sandbox", options["try_sandbox"], subject.unit_text)
    try:
        return replace(_check(subject, opened, Runner()), secrets=subject.secrets)
    except ImportFailed as exc:
        return Result({"report": exc.report}, failure=exc.failure, secrets=subject.secrets)
    except Exception as exc:
        return Result(failure=as_host_error(exc).failure, secrets=subject.secrets)


def _check(subject: Subject, opened: Switches, runner: Runner) -> Result:
    """Return the report, or raise ImportFailed. The outcome of a trial is a warning, so that everybody sees it."""
    with exclusive(RUNTIME_UNITS), stage(_stage_of(subject.service)) as directory:
        if subject.environment:
            write_file(DesiredFile(_environment_file(directory), subject.environment, 0o600))
        what = (
            runner,
            Systemd(runner),
            subject.service,
            subject.unit_text,
            subject.about,
            subject.interpreter,
            directory,
            subject.secrets,
        )
        if not opened:
            return Result({"report": check_import(*what)})
        report, outcome = try_import(*what, opened)
        return Result({"report": report}, warnings=[outcome])


def _stage_of(service: str) -> str:
    return f"{runtime_directory(service, CHECK)}-stage"


def _environment_file(stage: str) -> str:
    return f"{stage}/environment"


def _deployed(options: Mapping[str, Any]) -> Subject:
    name = options["app"]
    store = Store(find_app(name))
    layout = store.layout
    release, manifests = options["release"] or store.current(), store.manifests
    refuse_unusable(name, [release], store.unusable)
    if release not in manifests:
        problem = f"'{release}' is not a release of {name}." if release else f"{name} has no current release."
        raise InputError("release", problem, did_you_mean(release, manifests))
    manifest = manifests[release]
    instances = manifest.instances
    instance = options["instance"] or ("web" if "web" in instances else next(iter(instances)))
    if instance not in instances:
        raise InputError("instance", f"{name} has no instance '{instance}'.", did_you_mean(instance, instances))
    unit_text = read_units(layout.release(release)).get(layout.unit(instance, "service"))
    if not unit_text:
        raise HostError(f"release {release} of {name} has lost its units.", f"{layout.release(release)}/units")
    checked = [instance] if options["instance"] else sorted(instances)
    environment = read_file(f"{layout.release(release)}/env")
    values = parse_environment(environment.content if environment else "")
    return Subject(
        # A different name from that of a deploy's check, which may be running.
        service=variant_name(layout.unit(instance, "service"), CHECK),
        unit_text=unit_text,
        about=About(
            where=f"gunicorn_apps.{name}.app",
            target=manifest.app,
            limit=options["timeout"],
            env=f"gunicorn_apps.{name}.env or secret_env",
            sandbox=f"gunicorn_apps.{name}.sandbox",
            limit_variable="timeout",
            configs=tuple(conf_path(layout.release(release), one) for one in checked),
            hooks=f"gunicorn_apps.{name}.hooks",
            settings=f"gunicorn_apps.{name}.settings",
            worker_classes={one: instances[one].worker_class for one in checked},
        ),
        interpreter=f"{manifest.venv.path}/bin/python",
        secrets=tuple(values[key] for key in manifest.secret_env if key in values),
    )


def _by_hand(options: Mapping[str, Any]) -> Subject:
    target, python, directory, user = (options[key] for key in ("target", "python", "directory", "user"))
    if not APP_MODULE.match(target):
        raise InputError("target", f"{target!r} does not have the form 'module:callable'.")
    for key, is_there in (("python", os.path.isfile), ("directory", os.path.isdir)):
        path = options[key]
        if not path.startswith("/"):
            raise InputError(key, f"{path!r} is not an absolute path.")
        if not is_there(path):
            raise InputError(key, f"{path} does not exist on this host.")
    if not user_exists(user):
        raise InputError("user", f"user '{user}' does not exist on this host.")
    refuse_root("user", user)
    secrets = check_environment("secret_env", options["secret_env"])
    env = {**check_environment("env", options["env"], secrets), **secrets}
    env.setdefault("PATH", f"{os.path.dirname(python)}:/usr/local/bin:/usr/bin:/bin")
    return Subject(
        service=SERVICE,
        unit_text=bare_service(user, directory, _environment_file(_stage_of(SERVICE)), options["sandbox"]),
        about=About(
            where="target",
            target=target,
            limit=options["timeout"],
            env="env or secret_env",
            sandbox="gunicorn_apps.<app>.sandbox",
            limit_variable="timeout",
            worker_classes={"target": options["worker_class"]} if options["worker_class"] else {},
        ),
        interpreter=python,
        secrets=tuple(secrets.values()),
        environment=render_environment(env),
    )
