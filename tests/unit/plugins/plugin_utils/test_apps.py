# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the variable to apps, with the secrets apart."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.options import APP_OPTIONS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._apps import (
    checked_apps,
    declared_apps,
    split_secrets,
)

SHOP: dict[str, Any] = {"app": "shop:app", "source": {"packages": ["shop"]}}


def test_defaults() -> None:
    found = checked_apps("v", {"shop": SHOP})["shop"]
    assert set(found) == set(APP_OPTIONS)
    assert (found["state"], found["health"]["path"], found["limits"]["nofile"]) == ("present", "/", None)


def test_list_form_is_the_same() -> None:
    assert checked_apps("v", [{"name": "shop", **SHOP}]) == checked_apps("v", {"shop": SHOP})


def test_what_was_given_is_left_alone() -> None:
    given = {"shop": {**SHOP, "instances": {"web": None}}}
    checked_apps("v", given)
    assert given == {"shop": {**SHOP, "instances": {"web": None}}}


def test_instances() -> None:
    found = checked_apps("v", {"shop": {**SHOP, "instances": {"web": None, "b": {"routes": "/x/"}}}})["shop"][
        "instances"
    ]
    assert found["web"] == {"profile": None, "requests": None, "settings": {}, "routes": None, "bind": None}
    assert found["b"]["routes"] == ["/x/"]


@pytest.mark.parametrize(
    ("value", "variable", "said"),
    [
        pytest.param("shop", "v", "must be a dictionary of apps", id="text"),
        pytest.param(None, "v", "must be a dictionary of apps", id="null"),
        pytest.param(["shop"], "v", "is not a dictionary with a `name`", id="list of names"),
        pytest.param([SHOP], "v", "is not a dictionary with a `name`", id="list without a name"),
        pytest.param([{"name": "a", **SHOP}, {"name": "a", **SHOP}], "v", "twice", id="list with a name twice"),
        pytest.param({"shop": None}, "v.shop", "must be a dictionary", id="app without options"),
        pytest.param(
            {"shop": {**SHOP, "sever_name": "x"}}, "v.shop.sever_name", "Did you mean 'server_name'", id="misspelt"
        ),
        pytest.param(
            {"shop": {**SHOP, "source": {"gti": "x"}}}, "v.shop.source.gti", "Did you mean 'git'", id="misspelt, nested"
        ),
        pytest.param(
            {"shop": {**SHOP, "instances": {"web": {"profil": "io"}}}},
            "v.shop.instances.web.profil",
            "Did you mean 'profile'",
            id="instance",
        ),
        pytest.param(
            {"shop": {**SHOP, "instances": {"web": {"profile": "x"}}}}, "v.shop.instances.web", "cpu, io", id="profile"
        ),
        pytest.param({"shop": {**SHOP, "keep_releases": "few"}}, "v.shop.keep_releases", "a whole number", id="type"),
        pytest.param(
            {"shop": {**SHOP, "limits": 5}},
            "v.shop.limits",
            "must be a dictionary, not a number (5)",
            id="number where Ansible breaks",
        ),
        pytest.param({"shop": {**SHOP, "sandbox": [{"directive": "x"}]}}, "v.shop", "reason", id="required"),
    ],
)
def test_refused(value: Any, variable: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        checked_apps("v", value)
    assert caught.value.variable == variable
    assert said in str(caught.value)


def test_secrets_travel_apart() -> None:
    apps = checked_apps("v", {"shop": {**SHOP, "secret_env": {"TOKEN": "s3cret", "PIN": 1}}, "blog": SHOP})
    plain, secrets = split_secrets("v", apps)
    assert secrets == {"shop": {"TOKEN": "s3cret", "PIN": "1"}}
    assert plain["shop"]["secret_env"] is None
    assert "s3cret" not in str(plain)
    assert apps["shop"]["secret_env"] == {"TOKEN": "s3cret", "PIN": 1}


@pytest.mark.parametrize(
    ("secret_env", "variable"),
    [
        pytest.param({"A B": "s3cret"}, "v.shop.secret_env.A B", id="name"),
        pytest.param({"PORT": "s3cret"}, "v.shop.secret_env.PORT", id="not allowed"),
        pytest.param({"TOKEN": ["s3cret"]}, "v.shop.secret_env.TOKEN", id="list"),
        pytest.param({"TOKEN": "s3cret\0"}, "v.shop.secret_env.TOKEN", id="control character"),
        pytest.param("s3cret", "v.shop.secret_env", id="text"),
        pytest.param(["s3cret"], "v.shop.secret_env", id="not a dictionary"),
    ],
)
def test_errors_never_hold_a_secret(secret_env: Any, variable: str) -> None:
    with pytest.raises(InputError) as caught:
        split_secrets("v", checked_apps("v", {"shop": {**SHOP, "secret_env": secret_env}}))
    assert caught.value.variable == variable
    assert "s3cret" not in str(caught.value)


def test_declared() -> None:
    found = declared_apps("v", {"shop": {**SHOP, "env": {"A": 1}, "secret_env": {"TOKEN": "s3cret"}}})["shop"]
    assert (found.env, found.secret_names) == ({"A": "1"}, ("TOKEN",))
    assert "s3cret" not in repr(found)


def test_a_name_in_both_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        declared_apps("v", {"shop": {**SHOP, "env": {"TOKEN": "x"}, "secret_env": {"TOKEN": "s3cret"}}})
    assert caught.value.variable == "v.shop.env.TOKEN"
