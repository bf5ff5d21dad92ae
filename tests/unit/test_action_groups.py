# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lists of modules say what there is: the groups for `module_defaults`, and the line of the README."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.wsgiops.gunicorn.plugins.doc_fragments import attributes, options

ROOT = Path(__file__).resolve().parents[2]
MODULES = {path.stem: path for path in sorted((ROOT / "plugins/modules").glob("*.py"))}
GROUPS = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))["action_groups"]
PREFIX = "wsgiops.gunicorn."


def documentation(module: str) -> Mapping[str, Any]:
    for node in ast.parse(MODULES[module].read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DOCUMENTATION":
            return yaml.safe_load(ast.literal_eval(node.value))
    raise AssertionError(f"{module} has no DOCUMENTATION")


def fragments(module: str, holder: Any, file: str) -> list[Mapping[str, Any]]:
    names = documentation(module).get("extends_documentation_fragment", ())
    mine = [name[len(f"{PREFIX}{file}.") :].upper() for name in names if name.startswith(f"{PREFIX}{file}.")]
    return [yaml.safe_load(getattr(holder.ModuleDocFragment, name)) for name in mine]


def own_options(module: str) -> set[str]:
    shared = fragments(module, options, "options")
    return {*documentation(module).get("options", {}), *(name for one in shared for name in one["options"])}


def test_all_is_all() -> None:
    assert GROUPS["all"] == list(MODULES)


def test_app_has_the_modules_with_that_option() -> None:
    assert GROUPS["app"] == [module for module in MODULES if "app" in own_options(module)]


@pytest.mark.parametrize("module", MODULES)
def test_the_documentation_says_which_groups(module: str) -> None:
    found = [one["attributes"] for one in fragments(module, attributes, "attributes")]
    (said,) = [one["action_group"]["membership"] for one in found if "action_group" in one]
    assert said == [f"{PREFIX}{group}" for group, members in GROUPS.items() if module in members]


def test_the_readme_names_every_module() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    (item,) = re.findall(r"^\* `ansible-doc wsgiops(?:.+\n)+?(?=\* |\n)", page, re.M)
    internal = {"gunicorn_converge", "gunicorn_look"}
    assert set(re.findall(r"gunicorn_\w+", item)) == set(MODULES) - internal
