# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask an installed Gunicorn about settings, hooks, and a settings file. A script for the app's own interpreter.

    python -I settings_probe.py REQUEST      prints the answer, both JSON

It stands alone and runs on Python 3.7. Gunicorn itself ignores unknown names, and finds a missing worker class only
when it starts.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
import traceback
from typing import Any

PLAIN = (str, int, float, bool, type(None), list, tuple, dict)


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    config: Any = importlib.import_module("gunicorn.config")
    known = config.Config().settings
    ordered = sorted(known.items(), key=lambda item: item[1].order)
    said = {
        "version": importlib.import_module("gunicorn").__version__,
        "sections": {name: setting.section for name, setting in ordered},
        "instances": {name: judge(config, settings) for name, settings in asked["instances"].items()},
        "hooks": look_into(asked["hooks"], known) if asked["hooks"] else {},
        "config": {},
    }
    if asked["config"]:
        said["config"], values = run(asked["config"], known)
        said["instances"][""] = judge(config, values)
    return said


def judge(config: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """Which names it does not know, and which values it does not take."""
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
        # Gunicorn puts a whole traceback in brackets into its message.
        found["invalid"]["worker_class"] = str(exc).strip().rstrip("]").strip().splitlines()[-1]
    return found


def look_into(path: str, known: dict[str, Any]) -> dict[str, Any]:
    """What a file of hooks defines at its top, without running it."""
    hooks = sorted(name for name in known if known[name].section.endswith(" Hooks"))
    said: dict[str, Any] = {"hooks": hooks, "names": [], "functions": [], "settings": {}, "error": ""}
    try:
        with open(path, "rb") as stream:
            body = ast.parse(stream.read(), path).body
    except (SyntaxError, ValueError) as exc:
        return {**said, "error": str(exc)}
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
    return said


def run(path: str, known: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run a settings file as Gunicorn does; what it says of itself, and the values that it sets."""
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
        asked = json.load(stream)
    json.dump(answer(asked), out)


if __name__ == "__main__":
    main()
