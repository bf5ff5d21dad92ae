# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The door of the module gunicorn_settings_check: the settings of a deployed app, or of any other Gunicorn."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import (
    Failure,
    HostError,
    InputError,
    as_host_error,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import ERROR, SEVERITIES, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import ROOT, RUNTIME_UNITS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.setting_rules import (
    Facts,
    all_findings,
    strange_names,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import (
    ManifestError,
    refuse_unusable,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.checks.settings_check import ask_gunicorn
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import Options
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import Store, find_app, secrets_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.exclusive import exclusive
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.users import refuse_root, user_exists
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.build_unit import Accounts, BuildUnit

UNIT = "gunicorn-settings-check.service"
STAGE = "/run/gunicorn-settings-check"


class Subject(NamedTuple):
    """Which Gunicorn is asked, as which user, and about which settings."""

    python: str
    user: str
    group: str
    instances: Mapping[str, Mapping[str, Any]]
    binds: Mapping[str, str]
    config: str = ""
    directory: str = "/"
    readable: tuple[str, ...] = ()  # what the unit must be shown: it does not see the apps' and the users' directories


def run(options: Options, _check_mode: bool) -> Result:
    """Return the findings, each with its instance ('' if there is none); errors among them fail the module.

    Raises InputError for a wrong option.
    """
    subject = _deployed(options["app"]) if options["app"] else _by_hand(options)
    secrets = secrets_of(find_app(options["app"])) if options["app"] else []
    try:
        version, found = _ask(subject, Runner())
    except Exception as exc:
        return Result(failure=as_host_error(exc).failure, secrets=secrets)
    errors = [f"{instance}: {one}" if instance else str(one) for instance, one in found if one.severity == ERROR]
    listed = [{"instance": instance, **one._asdict()} for instance, one in found]
    failure = Failure("\n".join(errors)) if errors else None
    return Result({"gunicorn": version, "findings": listed}, failure=failure, secrets=secrets)


def _ask(subject: Subject, runner: Runner) -> tuple[str, list[tuple[str, Finding]]]:
    """Return the version of Gunicorn, and the findings of all instances, the most severe first."""
    unit = BuildUnit(runner, UNIT, Accounts(subject.user, subject.group), STAGE, subject.readable)
    with exclusive(RUNTIME_UNITS):
        unit.clear()
        try:
            answer = ask_gunicorn(
                unit,
                subject.python,
                f"{subject.python} has no working Gunicorn.",
                instances=subject.instances,
                config=subject.config,
                directory=subject.directory,
            )
        finally:
            unit.close()
    version = str(answer["version"])
    ran = answer["config"]
    if ran and ran["error"]:
        raise HostError(f"config: running {subject.config} failed: {ran['error']}", "\n".join(ran["traceback"]))
    instances = {**subject.instances, **({"": ran["plain"]} if ran else {})}
    found: list[tuple[str, Finding]] = []
    for name, settings in instances.items():
        worker_class = str(settings.get("worker_class") or "sync")
        facts = Facts(settings, worker_class, version, subject.binds.get(name, ""))
        of_instance = all_findings(facts, answer["instances"][name], answer["sections"])
        if ran:
            of_instance += strange_names(ran["others"], answer["sections"])
        found += [(name, finding) for finding in of_instance]
    return version, sorted(found, key=lambda one: SEVERITIES.index(one[1].severity))


def _deployed(app: str) -> Subject:
    layout = find_app(app)
    store = Store(layout)
    release = store.current()
    refuse_unusable(app, [release], store.unusable)
    manifest = store.manifests.get(release)
    if manifest is None:
        raise InputError("app", f"{app} has no current release.")
    try:
        declared = manifest.declared_instances()
    except ManifestError as exc:
        raise HostError(f"the manifest of release {release} is damaged.", str(exc)) from exc
    user = store.service_user(release)
    if not user_exists(user):
        raise HostError(f"release {release} of {app} has no service user.", f"Its units say User={user or 'nothing'}.")
    refuse_root("app", user)
    return Subject(
        python=f"{manifest.venv.path}/bin/python",
        user=user,
        group=_group(user),
        instances={
            name: {**about["settings"], "worker_class": about["worker_class"], "workers": about["workers"]}
            for name, about in declared.items()
        },
        binds={name: about["bind"] for name, about in declared.items()},
        readable=(layout.venvs, *([manifest.venv.path] if not manifest.venv.path.startswith(layout.venvs) else [])),
    )


def _by_hand(options: Mapping[str, Any]) -> Subject:
    for key, is_there in (("python", os.path.isfile), ("config", os.path.isfile), ("directory", os.path.isdir)):
        path = options[key]
        if path and not path.startswith("/"):
            raise InputError(key, f"{path!r} is not an absolute path.")
        if path and not is_there(path):
            raise InputError(key, f"{path} does not exist on this host.")
    user = options["user"]
    if not user_exists(user):
        raise InputError("user", f"user '{user}' does not exist on this host.")
    refuse_root("user", user)
    instances = {"": dict(options["settings"])} if options["settings"] or not options["config"] else {}
    directory = options["directory"] or os.path.dirname(options["config"] or "/")
    config = options["config"] or ""
    # The interpreter of a virtual environment needs all of it.
    environment = os.path.dirname(os.path.dirname(options["python"]))
    named = (environment, os.path.dirname(config), directory)
    readable = tuple(path for path in named if path.startswith((ROOT, "/home/", "/root/", "/run/")))
    return Subject(options["python"], user, _group(user), instances, {}, config, directory, readable)


def _group(user: str) -> str:
    return str(pwd.getpwnam(user).pw_gid)
