# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`ansible-doc -t role` shows every key of an app, and the role's validation takes no app for wrong because of that."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.options import APP_OPTIONS, INSTANCE_OPTIONS

ROOT = Path(__file__).resolve().parents[2]
ROLE = yaml.safe_load((ROOT / "roles/gunicorn_apps/meta/argument_specs.yml").read_text(encoding="utf-8"))
OPTIONS = ROLE["argument_specs"]["main"]["options"]


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "tests"))
    return importlib.import_module("app_options")


def test_the_role_says_what_the_table_says(writer: Any) -> None:
    assert writer.SPEC.read_text(encoding="utf-8") == writer.page(), "run: .cache/venv/bin/python tests/app_options.py"


def test_every_key_is_there(writer: Any) -> None:
    app = OPTIONS[writer.VARIABLE]["options"][writer.ANY]["options"]
    assert list(app) == list(APP_OPTIONS)
    assert list(app["instances"]["options"][writer.ANY]["options"]) == list(INSTANCE_OPTIONS)
    assert list(app["proxy"]["options"]["tls"]["options"]) == list(APP_OPTIONS["proxy"]["options"]["tls"]["options"])


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("With O(apps[].state=absent)", "With O(gunicorn_apps_apps.NAME.state=absent)"),
        (
            ["a", "O(apps[].a.b) or O(apps[].c)"],
            ["a", "O(gunicorn_apps_apps.NAME.a.b) or O(gunicorn_apps_apps.NAME.c)"],
        ),
        ("O(other.collection.thing#module:apps[].x) stays", "O(other.collection.thing#module:apps[].x) stays"),
        ("C({src}) is one brace", "C({src}) is one brace"),
    ],
)
def test_references(writer: Any, description: Any, expected: Any) -> None:
    assert writer.relocated(description) == expected


@pytest.mark.parametrize("text", ["a {{ b }}", "{% if %}", "{# no #}"])
def test_what_ansible_would_take_for_a_template(writer: Any, text: str) -> None:
    with pytest.raises(SystemExit):
        writer.relocated([text])


@pytest.mark.parametrize(
    "apps",
    [
        pytest.param({}, id="none"),
        pytest.param(
            {
                "shop": {"app": "shop.wsgi:application", "source": {"git": "https://git.example.com/shop.git"}},
                "feed": {"app": "feed:app", "instances": {"web": {"profile": "io"}, "stream": {"routes": ["/s"]}}},
                "old": {"state": "absent"},
            },
            id="several",
        ),
        pytest.param([{"name": "shop", "app": "shop.wsgi:application"}], id="as a list"),
        pytest.param({"NAME": {"app": "a:b"}}, id="an app of that very name"),
    ],
)
def test_the_validation_takes_real_apps(writer: Any, apps: Any) -> None:
    outcome = ArgumentSpecValidator(OPTIONS).validate({writer.VARIABLE: apps})
    assert outcome.error_messages == []


def test_the_validation_still_refuses_what_is_wrong() -> None:
    outcome = ArgumentSpecValidator(OPTIONS).validate({"gunicorn_apps_lock_wait": "soon", "gunicorn_apps_oly": []})
    assert len(outcome.error_messages) == 2
