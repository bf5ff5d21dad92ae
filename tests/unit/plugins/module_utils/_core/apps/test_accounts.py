# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts that an app must not run as, by their name and by what the host knows about them."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.accounts import (
    Account,
    Proxy,
    check_user_name,
    refuse_account,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError

PROXY = Proxy("www-data", "www-data", 33)


@pytest.mark.parametrize("user", ["gunicorn-shop", "shop", "_shop", "deploy", "gunicorn-other"])
def test_names(user: str) -> None:
    assert check_user_name("v", user) == user


@pytest.mark.parametrize(
    ("user", "said"),
    [
        pytest.param("root", "workers never run as root", id="root"),
        pytest.param("www-data", "the account of a web server", id="proxy"),
        pytest.param("nginx", "the account of a web server", id="proxy of EL"),
        pytest.param("postgres", "the account of a database", id="database"),
        pytest.param("nobody", "the account of the system", id="nobody"),
        pytest.param("docker", "the account of the system", id="a group that is as good as root"),
        pytest.param("systemd-resolve", "the account of systemd", id="systemd"),
        pytest.param("gunibuild-shop", "the account of the builds of an app", id="build user"),
        pytest.param("Shop", "is not a user name", id="capital"),
        pytest.param("shop\n", "is not a user name", id="line break"),
        pytest.param("0", "is not a user name", id="number"),
    ],
)
def test_refused_by_name(user: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_user_name("gunicorn_apps.shop.user", user)
    assert caught.value.variable == "gunicorn_apps.shop.user"
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "account",
    [
        pytest.param(Account("gunicorn-shop", 997, frozenset({"gunicorn-shop"})), id="created by the role"),
        pytest.param(Account("gunicorn-shop", -1, frozenset({"gunicorn-shop"})), id="not created yet"),
        pytest.param(Account("deploy", 1000, frozenset({"deploy", "users"})), id="of a person, named by the operator"),
        pytest.param(Account("shop", 998, frozenset({"shop", "ssl-cert"})), id="may read keys"),
    ],
)
def test_accepted(account: Account) -> None:
    refuse_account("v", account, PROXY)


@pytest.mark.parametrize(
    ("account", "said"),
    [
        pytest.param(
            Account("toor", 0, frozenset({"toor"})), "has the uid 0, and is root under another name", id="toor"
        ),
        pytest.param(Account("web", 33, frozenset({"web"})), "uid of the proxy's account 'www-data'", id="proxy's uid"),
        pytest.param(
            Account("shop", 1000, frozenset({"shop", "www-data"})),
            "in the proxy's group 'www-data', which may open the sockets of all apps",
            id="proxy's group",
        ),
        pytest.param(Account("ops", 1000, frozenset({"ops", "sudo"})), "in the group 'sudo'", id="sudo"),
        pytest.param(Account("ops", 1000, frozenset({"ops", "docker"})), "in the group 'docker'", id="docker"),
        pytest.param(Account("disk", -1, frozenset({"disk"})), "in the group 'disk'", id="group of a missing user"),
        pytest.param(Account("games", 5, frozenset({"games"})), "uid 5 is one of the system's own", id="static uid"),
        pytest.param(Account("none", 65534, frozenset({"none"})), "uid 65534", id="nobody's uid"),
    ],
)
def test_refused_by_rights(account: Account, said: str) -> None:
    with pytest.raises(HostError) as caught:
        refuse_account("gunicorn_apps.shop.user", account, PROXY)
    assert str(caught.value).startswith(f"gunicorn_apps.shop.user: '{account.name}' cannot be the service user: ")
    assert said in str(caught.value)


def test_without_a_proxy_on_the_host() -> None:
    """Its uid is not known; that of an account that does not exist yet is neither."""
    refuse_account("v", Account("gunicorn-shop", -1, frozenset({"gunicorn-shop"})), Proxy("www-data", "www-data", -1))
