# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask an installed Gunicorn about settings, hooks, and a settings file. A script for the app's own interpreter.

    python -I settings_probe.py REQUEST      reads a JSON file, prints the answer as JSON

It is self-contained and runs on Python 3.7. Gunicorn itself ignores unknown names, and notices a missing worker class
only when it starts.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
import traceback
from typing import Any

PLAIN = (str, int, float, bool, type(None), list, tuple, dict)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return the version, the known settings by section, and the verdict on what the request contains."""
    config: Any = importlib.import_module("gunicorn.config")
    known = config.Config().settings
    ordered = sorted(known.items(), key=lambda item: item[1].order)
    answered = {
        "version": importlib.import_module("gunicorn").__version__,
        "sections": {name: setting.section for name, setting in ordered},
        "instances": {name: judge(config, settings) for name, settings in request["instances"].items()},
        "hooks": look_into(request["hooks"], known) if request["hooks"] else {},
        "config": {},
    }
    if request["config"]:
        answered["config"], values = run(request["config"], known)
        answered["instances"][""] = judge(config, values)
    return answered


def judge(config: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the names that it does not know (`unknown`), and the values that it rejects (`invalid`)."""
    made = config.Config()
    found: dict[str, Any] = {"unknown": [], "invalid": {}}
    for name, value in settings.items():
        if name not in made.settings:
            found["unknown"].append(name)
            continue
        try:
            made.set(name, value)
        except Exception as exc:
            found["invalid"][name] = str(exc) or type(exc).__name__
    try:
        _loaded = made.worker_class
    except BaseException as exc:
        # Gunicorn's message contains an entire traceback in brackets.
        found["invalid"]["worker_class"] = str(exc).strip().rstrip("]").strip().splitlines()[-1]
    return found


def look_into(path: str, known: dict[str, Any]) -> dict[str, Any]:
    """Return what a hooks file defines at its top level, without running it."""
    hooks = sorted(name for name in known if known[name].section.endswith(" Hooks"))
    found: dict[str, Any] = {"hooks": hooks, "names": [], "functions": [], "settings": {}, "error": ""}
    try:
        with open(path, "rb") as stream:
            body = ast.parse(stream.read(), path).body
    except (SyntaxError, ValueError) as exc:
        return {**found, "error": str(exc)}
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found["functions"].append(node.name)
            found["names"].append(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found["names"] += [one.asname or one.name for one in node.names]
        for target in getattr(node, "targets", [getattr(node, "target", None)]):
            if isinstance(target, ast.Name):
                found["names"].append(target.id)
                if target.id in known and target.id not in hooks:
                    found["settings"][target.id] = node.lineno
    return found


def run(path: str, known: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run a settings file as Gunicorn does; return a summary of it, and the settings that it assigns."""
    spec: Any = importlib.util.spec_from_file_location("__config__", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["__config__"] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        lines = traceback.format_exc().splitlines()
        return {"error": lines[-1], "traceback": lines[-8:-1], "plain": {}, "others": []}, {}
    defined = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    values = {name: value for name, value in defined.items() if name in known}
    plain = {name: value for name, value in values.items() if is_plain(value)}
    others = [name for name, value in defined.items() if name not in known and isinstance(value, PLAIN)]
    return {"error": "", "traceback": [], "plain": plain, "others": others}, values


def is_plain(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def main() -> None:
    out, sys.stdout = sys.stdout, sys.stderr  # a settings file may print
    with open(sys.argv[1], encoding="utf-8") as stream:
        request = json.load(stream)
    json.dump(answer(request), out)


if __name__ == "__main__":
    main()
