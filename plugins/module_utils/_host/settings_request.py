# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that somebody asks about by themselves: of an app that is deployed, or of a Gunicorn that nobody manages."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.setting_rules import (
    ERROR,
    LEVELS,
    Facts,
    all_findings,
    strange_names,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.alone import alone
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.known_app import find_app
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.look import current_release, read_manifests
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.settings_check import ask_gunicorn
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.transient import BuildUnit
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.users import user_exists

UNIT = "gunicorn-settings-check.service"
STAGE = "/run/gunicorn-settings-check"


class Subject(NamedTuple):
    """Whose Gunicorn is asked, as whom, and about what."""

    python: str
    user: str
    group: str
    instances: Mapping[str, Mapping[str, Any]]
    binds: Mapping[str, str]
    config: str = ""
    directory: str = "/"


def check(options: Mapping[str, Any], runner: Runner) -> dict[str, Any]:
    """Return {gunicorn, findings}; each finding with its instance, '' where there is none."""
    subject = _deployed(options["app"]) if options["app"] else _by_hand(options)
    unit = BuildUnit(runner, UNIT, subject.user, STAGE, subject.group)
    with alone():
        unit.clear()
        try:
            answer = ask_gunicorn(
                unit,
                subject.python,
                f"there is no working Gunicorn for {subject.python}.",
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
    asked = {**subject.instances, **({"": ran["plain"]} if ran else {})}
    found = []
    for name, settings in asked.items():
        worker_class = str(settings.get("worker_class") or "sync")
        facts = Facts(settings, worker_class, version, subject.binds.get(name, ""))
        told = all_findings(facts, answer["instances"][name], answer["sections"])
        if ran:
            told += strange_names(ran["others"], answer["sections"])
        found += [{"instance": name, **finding._asdict()} for finding in told]
    return {"gunicorn": version, "findings": sorted(found, key=lambda one: LEVELS.index(one["level"]))}


def failed(report: Mapping[str, Any]) -> str:
    """The errors as one text; '' where there are none."""
    return "\n".join(
        f"{one['instance'] + ': ' if one['instance'] else ''}{one['setting']}: {one['why']} {one['do']}".rstrip()
        for one in report["findings"]
        if one["level"] == ERROR
    )


def _deployed(app: str) -> Subject:
    layout = find_app(app)
    release = current_release(layout.current)
    manifest = read_manifests(layout.releases).get(release)
    if manifest is None:
        raise InputError("app", f"{app} has no current release.")
    declared = json.loads(manifest["declared"])["instances"]
    owner = os.stat(layout.shared)
    return Subject(
        python=f"{manifest['venv']['path']}/bin/python",
        user=str(owner.st_uid),
        group=str(owner.st_gid),
        instances={
            name: {**about["settings"], "worker_class": about["worker_class"], "workers": about["workers"]}
            for name, about in declared.items()
        },
        binds={name: about["bind"] for name, about in declared.items()},
    )


def _by_hand(options: Mapping[str, Any]) -> Subject:
    for key, is_there in (("python", os.path.isfile), ("config", os.path.isfile), ("directory", os.path.isdir)):
        path = options[key]
        if path and not path.startswith("/"):
            raise InputError(key, f"{path!r} is not an absolute path.")
        if path and not is_there(path):
            raise InputError(key, f"there is no {path} on this host.")
    user = options["user"]
    if not user_exists(user):
        raise InputError("user", f"there is no user '{user}' on this host.")
    if user == "root":
        raise InputError("user", "'root' is not allowed.", "A settings file never runs as root.")
    instances = {"": dict(options["settings"])} if options["settings"] or not options["config"] else {}
    directory = options["directory"] or os.path.dirname(options["config"] or "/")
    group = str(pwd.getpwnam(user).pw_gid)
    return Subject(options["python"], user, group, instances, {}, options["config"] or "", directory)
