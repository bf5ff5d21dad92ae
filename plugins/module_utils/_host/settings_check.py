# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask the Gunicorn of a release whether it knows the declared settings and hooks and takes their values."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.app import Instance
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.hooks import problem_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.release import Declaration
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.setting_rules import ERROR, findings
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.setting_versions import history_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.transient import BuildUnit

# Runs in the release's interpreter. Gunicorn itself ignores unknown names and finds a missing worker class only when
# it starts.
SCRIPT = """
import ast, json, sys
import gunicorn
from gunicorn.config import Config
answer = {"version": gunicorn.__version__, "instances": {}, "hooks": {}}
with open(sys.argv[1]) as stream:
    given = json.load(stream)
for instance, settings in given["instances"].items():
    config = Config()
    found = {"unknown": [], "invalid": {}, "known": sorted(config.settings)}
    for name, value in settings.items():
        if name not in config.settings:
            found["unknown"].append(name)
            continue
        try:
            config.set(name, value)
        except Exception as exc:
            found["invalid"][name] = str(exc) or type(exc).__name__
    try:
        config.worker_class
    except BaseException as exc:
        # Gunicorn puts a whole traceback in brackets into its message.
        found["invalid"]["worker_class"] = str(exc).strip().rstrip("]").strip().splitlines()[-1]
    answer["instances"][instance] = found
if given["hooks"]:
    known = Config().settings
    hooks = sorted(name for name in known if known[name].section.endswith(" Hooks"))
    said = answer["hooks"] = {"hooks": hooks, "names": [], "functions": [], "settings": {}, "error": ""}
    try:
        with open(given["hooks"], "rb") as stream:
            body = ast.parse(stream.read(), given["hooks"]).body
    except (SyntaxError, ValueError) as exc:
        body, said["error"] = [], str(exc)
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            said["functions"].append(node.name)
            said["names"].append(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            said["names"] += [one.asname or one.name for one in node.names]
        for target in getattr(node, "targets", [getattr(node, "target", None)]):
            if isinstance(target, ast.Name):
                said["names"].append(target.id)
                if target.id in known and target.id not in hooks:
                    said["settings"][target.id] = node.lineno
json.dump(answer, sys.stdout)
"""


class Gunicorn(NamedTuple):
    """The installed one."""

    version: str
    hooks: tuple[str, ...]  # the names that it knows, where the app has a file of hooks


def check_settings(unit: BuildUnit, venv: str, declared: Declaration, project: str) -> Gunicorn:
    """Return what is installed, or raise an error that names the first wrong setting. Hooks are inside `project`."""
    app = declared.app
    if app.hooks and not os.path.isfile(f"{project}/{app.hooks}"):
        raise HostError(f"gunicorn_apps.{app.name}.hooks: the source has no file {app.hooks!r}.")
    classes = {instance.name: declared.sizings[instance.name].worker_class for instance in app.instances}
    asked = {
        "instances": {one.name: {**one.settings, "worker_class": classes[one.name]} for one in app.instances},
        "hooks": f"{project}/{app.hooks}" if app.hooks else "",
    }
    script, given = unit.file("check_settings.py", SCRIPT), unit.file("settings.json", json.dumps(asked))
    done = unit.run(
        [f"{venv}/bin/python", "-I", script, given],
        cause=f"gunicorn_apps.{app.name}: there is no working Gunicorn in {venv}.",
        directory="/",
        writable=[],
    )
    answer = json.loads(done.out)
    version = str(answer["version"])
    for instance in app.instances:
        problem = _problem(app.name, instance, classes[instance.name], answer["instances"][instance.name], version)
        if problem:
            raise HostError(problem)
    found = answer["hooks"]
    problem = problem_of(app.hooks, found, version) if found else ""
    if problem:
        raise HostError(f"gunicorn_apps.{app.name}.hooks: {problem}")
    return Gunicorn(version, tuple(found.get("hooks", ())))


def _problem(app: str, instance: Instance, worker_class: str, found: Mapping[str, Any], version: str) -> str:
    """What is wrong first: unknown, not taken, or taken and yet wrong."""
    for name in found["unknown"]:
        hint = history_of(name) or did_you_mean(name, found["known"])
        return f"{instance.variable(app, name)}: Gunicorn {version} has no such setting. {hint}"
    for name, problem in found["invalid"].items():
        value = instance.settings.get(name, worker_class)
        return f"{instance.variable(app, name)}: Gunicorn {version} does not take {value!r}: {problem}"
    for finding in findings(instance.facts(worker_class, version)):
        if finding.level == ERROR:
            return f"{instance.variable(app, finding.setting)}: {finding.why} {finding.do}"
    return ""
