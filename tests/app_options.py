# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the keys of an app into the argument spec of the role gunicorn_apps, for `ansible-doc -t role`.

    tests/setup --copy-only && .cache/venv/bin/python tests/app_options.py

Types, defaults and choices come from `_core/apps/options.py`, descriptions from the documentation of the module.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / ".cache/collections"))

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.options import APP_OPTIONS, INSTANCE_OPTIONS

MODULE = ROOT / "plugins/modules/gunicorn_apps.py"
SPEC = ROOT / "roles/gunicorn_apps/meta/argument_specs.yml"
VARIABLE = "gunicorn_apps_apps"
ANY = "NAME"  # stands for every name in a dictionary of things by name, which an argument spec cannot say
SHOWN = ("type", "elements", "required", "choices", "default")
WIDTH = 84  # a line is broken after the word that passes it
BEGIN = "      # What follows is written by tests/app_options.py."
END = "      # This was written by tests/app_options.py."

Spec = Mapping[str, Mapping[str, Any]]


class Dumper(yaml.SafeDumper):
    """Indents the items of lists, as the rest of the file does, and repeats instead of making anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def module_documentation() -> dict[str, Any]:
    for node in ast.parse(MODULE.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DOCUMENTATION":
            return dict(yaml.safe_load(ast.literal_eval(node.value)))
    raise SystemExit(f"{MODULE} has no DOCUMENTATION")


def described(spec: Spec, documented: Spec) -> dict[str, Any]:
    """The options as an argument spec of a role has them."""
    options = {}
    for name, option in spec.items():
        about = documented[name]
        options[name] = {"description": relocated(about["description"])}
        options[name].update({key: option[key] for key in SHOWN if key in option})
        if "options" in option:
            options[name]["options"] = described(option["options"], about["suboptions"])
    return options


def relocated(description: Any) -> Any:
    """References to options of the module become references to keys of the role's variable."""
    if isinstance(description, list):
        return [relocated(one) for one in description]
    if re.search(r"{[{%#]", description):
        raise SystemExit(f"{MODULE}: Ansible treats argument specs as templates and would fail at: {description}")
    return re.sub(r"\bO\(apps\[\]", f"O({VARIABLE}.{ANY}", description)


def by_name(what: str, options: dict[str, Any]) -> dict[str, Any]:
    return {ANY: {"description": what, "type": "dict", "options": options}}


def variable() -> dict[str, Any]:
    documented = module_documentation()["options"]["apps"]["suboptions"]
    app = described(APP_OPTIONS, documented)
    instance = described(INSTANCE_OPTIONS, documented)
    app["instances"]["options"] = by_name("One instance; what it does not set is taken from the app.", instance)
    return {
        "description": [
            "The apps on the host, as a dictionary by name.",
            "By default the variable C(gunicorn_apps), which all roles of this collection read.",
            f"V({ANY}) stands for the name of each app. {documented['name']['description'][0]}",
            "The module validates all keys itself, even with C(rolespec_validate=false).",
        ],
        # With "dict" the validation would accept NAME as the only key.
        "type": "raw",
        "options": by_name("One app.", app),
    }


def block() -> str:
    text = yaml.dump({VARIABLE: variable()}, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    return f"{BEGIN}\n{textwrap.indent(text, ' ' * 6)}{END}\n"


def page() -> str:
    before, begin, rest = SPEC.read_text(encoding="utf-8").partition(BEGIN)
    _old, end, after = rest.partition(f"{END}\n")
    if not (begin and end):
        raise SystemExit(f"{SPEC} lacks the lines {BEGIN.strip()!r} and {END.strip()!r}.")
    return before + block() + after


if __name__ == "__main__":
    SPEC.write_text(page(), encoding="utf-8")
