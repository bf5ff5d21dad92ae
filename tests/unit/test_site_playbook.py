# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first tasks of `site` and `drift` look with the very options that the roles converge with, and repeat none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.wsgiops.gunicorn.plugins.action import gunicorn_drift, gunicorn_site_info
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._role_options import (
    PARTS,
    SPECS,
    can_be_omitted,
    role_options,
    trust_as_template,
    variables,
)

ROOT = Path(__file__).resolve().parents[2]
LOOKS = {"site": gunicorn_site_info.ActionModule, "drift": gunicorn_drift.ActionModule}
OMIT = "__omit_place_holder__1"  # as ansible-core 2.18 makes it

of_every_part = pytest.mark.parametrize("part", PARTS)


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def trusted(value: Any) -> Any:
    """As what stands in a file of variables."""
    if isinstance(value, dict):
        return {key: trusted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [trusted(inner) for inner in value]
    return trust_as_template(value) if isinstance(value, str) else value


def templar(**given: Any) -> Templar:
    known = {variable: f"value of {variable}" for part in PARTS for variable in variables(part).values()}
    return Templar(loader=DataLoader(), variables=trusted({**known, **given}))


def asked(look: str, given: Mapping[str, Any], **known: Any) -> dict[str, Any]:
    """The options that reach the actions of the parts."""
    task = SimpleNamespace(args=dict(given), async_val=0)
    action = LOOKS[look](task, SimpleNamespace(), SimpleNamespace(), None, templar(**known), None)
    action._other_action = lambda name, args: SimpleNamespace(arguments=lambda _task_vars: {name: args})
    return {part: action.arguments({})[part][f"wsgiops.gunicorn.gunicorn_{part}"] for part in PARTS}


@of_every_part
def test_the_role_passes_each_variable_as_the_rule_says(part: str) -> None:
    (task,) = read(f"roles/gunicorn_{part}/tasks/main.yml")
    assert task[f"wsgiops.gunicorn.gunicorn_{part}"] == {
        name: f"{{{{ {variable}{' | default(omit, true)' if can_be_omitted(SPECS[part][name]) else ''} }}}}"
        for name, variable in variables(part).items()
    }


@of_every_part
def test_every_variable_of_the_role_is_an_option(part: str) -> None:
    owned = {*read(f"roles/gunicorn_{part}/defaults/main.yml"), *read(f"roles/gunicorn_{part}/vars/main.yml")}
    computed_from = {"gunicorn_host_load"}  # gunicorn_host_sysctl is
    assert owned - computed_from == set(variables(part).values())


@pytest.mark.parametrize("look", LOOKS)
def test_the_playbook_repeats_none(look: str) -> None:
    task = read(f"playbooks/{look}.yml")[0]["tasks"][0]
    options = task[f"wsgiops.gunicorn.{LOOKS[look].MODULE}"] or {}
    assert set(options) & set(PARTS) == set()


@pytest.mark.parametrize("look", LOOKS)
def test_every_option_reaches_the_look(look: str) -> None:
    expected = {part: {name: f"value of {variable}" for name, variable in variables(part).items()} for part in PARTS}
    assert asked(look, {}) == expected


@pytest.mark.parametrize("look", LOOKS)
def test_what_the_task_says_wins(look: str) -> None:
    options = asked(look, {"host": {"packages": ["git"]}})
    assert options["host"] == {"packages": ["git"]}
    assert options["proxy"]["prune"] == "value of gunicorn_proxy_prune"


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param({"gunicorn_apps_version": ""}, {"version": None}, id="not given"),
        pytest.param({"gunicorn_apps_version": None}, {"version": None}, id="null"),
        pytest.param({"gunicorn_apps_version": 0}, {"version": None}, id="as default(omit, true) takes it"),
        pytest.param({"gunicorn_apps_installer": ""}, {"installer": ""}, id="empty is wrong where there is a default"),
        pytest.param({"gunicorn_apps_only": []}, {"only": []}, id="empty list"),
        pytest.param(
            {
                "gunicorn_apps_apps": "{{ shops }}",
                "shops": {"shop": {"env": {"A": "{{ who }}"}, "user": None}},
                "who": "b",
            },
            {"apps": {"shop": {"env": {"A": "b"}, "user": None}}},
            id="templates at any depth",
        ),
        pytest.param(
            {"omit": OMIT, "gunicorn_apps_apps": {"shop": {"user": OMIT, "extras": ["a", OMIT]}}},
            {"apps": {"shop": {"extras": ["a"]}}},
            id="omitted inside",
        ),
    ],
)
def test_values(known: dict[str, Any], expected: dict[str, Any]) -> None:
    options = role_options("apps", templar(**known))
    assert {name: options.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param("{{ nowhere }}", "'nowhere' is undefined", id="undefined"),
        pytest.param({"shop": {"env": {"A": "{{ nowhere.at.all }}"}}}, "'nowhere' is undefined", id="deep inside"),
        pytest.param("{{ 1 | no_such_filter }}", "no_such_filter", id="no such filter"),
        pytest.param("{{ 1 +", "", id="broken"),
    ],
)
def test_an_error_names_the_variable(value: Any, reason: str) -> None:
    with pytest.raises(AnsibleActionFail) as caught:
        role_options("apps", templar(gunicorn_apps_apps=value))
    assert str(caught.value).startswith("gunicorn_apps_apps: ")
    assert reason in str(caught.value)
