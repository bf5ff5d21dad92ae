# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask the Gunicorn of a release whether it knows the declared settings and hooks and takes their values."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.hooks import problem_of
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
    hooks = sorted(name for name in known if known[name].section == "Server Hooks")
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


def check_settings(
    unit: BuildUnit, venv: str, app: str, instances: Mapping[str, Mapping[str, Any]], project: str = "", hooks: str = ""
) -> Gunicorn:
    """Return what is installed, or raise an error that names the first wrong setting.

    `hooks` is a file inside `project`.
    """
    if hooks and not os.path.isfile(f"{project}/{hooks}"):
        raise HostError(f"gunicorn_apps.{app}.hooks: the source has no file {hooks!r}.")
    script = unit.file("check_settings.py", SCRIPT)
    path = f"{project}/{hooks}" if hooks else ""
    given = unit.file("settings.json", json.dumps({"instances": instances, "hooks": path}))
    done = unit.run(
        [f"{venv}/bin/python", "-I", script, given],
        cause=f"gunicorn_apps.{app}: there is no working Gunicorn in {venv}.",
        directory="/",
        writable=[],
    )
    answer = json.loads(done.out)
    for instance, found in answer["instances"].items():
        where = f"gunicorn_apps.{app}.settings"
        for name in found["unknown"]:
            raise HostError(
                f"{where}.{name}: Gunicorn {answer['version']} has no such setting. "
                + did_you_mean(name, found["known"])
            )
        for name, problem in found["invalid"].items():
            value = instances[instance].get(name)
            raise HostError(f"{where}.{name}: Gunicorn {answer['version']} does not take {value!r}: {problem}")
    found = answer["hooks"]
    problem = problem_of(hooks, found, answer["version"]) if found else ""
    if problem:
        raise HostError(f"gunicorn_apps.{app}.hooks: {problem}")
    return Gunicorn(answer["version"], tuple(found.get("hooks", ())))
