# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask the Gunicorn of a release whether it knows the declared settings and hooks, and accepts their values."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.hooks import problem_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import ERROR
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.foreign import ForeignError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.digest import digest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.probe_reports import read_answer
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.setting_rules import all_findings
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.declaration import Declaration
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import SettingsAnswer
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.checks import settings_probe
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.build_unit import BuildUnit

LIMIT = 300  # seconds for reading settings and hooks files; they are Python


class Gunicorn(NamedTuple):
    """The installed Gunicorn."""

    version: str
    sections: Mapping[str, str]  # of every setting that it knows, in its own order
    hooks: tuple[str, ...]  # the names that it knows, if the app has a hooks file
    answer: SettingsAnswer  # kept in the manifest, so that the same question need not be asked again


def check_settings(
    unit: BuildUnit, venv: str, declared: Declaration, project: str, known: Mapping[str, str]
) -> Gunicorn:
    """Return the installed Gunicorn, or raise a HostError that names the first wrong setting or hook.

    The hooks file is inside `project`. `known` are earlier answers of the same venv.
    """
    app = declared.app
    if app.hooks and not os.path.isfile(f"{project}/{app.hooks}"):
        raise HostError(f"gunicorn_apps.{app.name}.hooks: the source has no file {app.hooks!r}.")
    classes = {instance.name: declared.sizings[instance.name].worker_class for instance in app.instances}
    instances = {
        one.name: {**one.settings, "worker_class": classes[one.name], "workers": declared.sizings[one.name].workers}
        for one in app.instances
    }
    cause = f"gunicorn_apps.{app.name}: {venv} has no working Gunicorn."
    hooks = f"{project}/{app.hooks}" if app.hooks else ""
    question = digest(instances)
    answer = {} if hooks else _known_answer(known.get(question, ""), instances)
    if not answer:
        answer = ask_gunicorn(unit, f"{venv}/bin/python", cause, instances=instances, hooks=hooks)
    version = str(answer["version"])
    for one in app.instances:
        facts = one.facts(classes[one.name], version)._replace(settings=instances[one.name])
        for finding in all_findings(facts, answer["instances"][one.name], answer["sections"]):
            if finding.severity == ERROR:
                raise HostError(str(finding._replace(subject=one.variable(app.name, finding.subject))))
    found = answer["hooks"]
    problem = problem_of(app.hooks, found, version) if found else ""
    if problem:
        raise HostError(f"gunicorn_apps.{app.name}.hooks: {problem}")
    kept = SettingsAnswer() if hooks else SettingsAnswer(question, json.dumps(answer))
    return Gunicorn(version, answer["sections"], tuple(found.get("hooks", ())), kept)


def ask_gunicorn(
    unit: BuildUnit,
    python: str,
    cause: str,
    *,
    instances: Mapping[str, Mapping[str, Any]],
    hooks: str = "",
    config: str = "",
    directory: str = "/",
) -> dict[str, Any]:
    """Run the probe inside the unit and return its answer. Raises HostError with `cause` if it fails."""
    script = unit.file("settings_probe.py", inspect.getsource(settings_probe))
    request = unit.file("settings.json", json.dumps({"instances": instances, "hooks": hooks, "config": config}))
    done = unit.run([python, "-I", script, request], cause=cause, directory=directory, writable=[], limit=LIMIT)
    return read_answer(done.out, f"what {python} answered about settings", instances, bool(hooks), bool(config))


def _known_answer(text: str, instances: Iterable[str]) -> dict[str, Any]:
    """Return an answer that a manifest has kept; {} if it has none that can be used, so that Gunicorn is asked."""
    try:
        return read_answer(text, "the manifest", instances, hooks=False, config=False)
    except ForeignError:
        return {}
