# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where everything of an app lives."""

from __future__ import annotations

from dataclasses import fields

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout

LAYOUT = Layout("shop")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (LAYOUT.home, "/srv/gunicorn/shop"),
        (LAYOUT.release("r1"), "/srv/gunicorn/shop/releases/r1"),
        (LAYOUT.source("s1"), "/srv/gunicorn/shop/src/s1"),
        (LAYOUT.venv("v1"), "/srv/gunicorn/shop/venvs/v1"),
        (LAYOUT.shared, "/srv/gunicorn/shop/shared"),
        (LAYOUT.current, "/srv/gunicorn/shop/current"),
        (LAYOUT.history, "/srv/gunicorn/shop/deploys.jsonl"),
        (LAYOUT.socket("web"), "/run/gunicorn/shop/web.sock"),
        (LAYOUT.unit("web", "socket"), "gunicorn-shop-web.socket"),
        (LAYOUT.unit_path("web", "service"), "/etc/systemd/system/gunicorn-shop-web.service"),
        (LAYOUT.runtime_directory("web"), "gunicorn-shop-web"),
        (LAYOUT.build_unit, "gunicorn-shop-build.service"),
        (Layout("shop", "/tmp/x").venv("v1"), "/tmp/x/shop/venvs/v1"),
    ],
)
def test_places(found: str, expected: str) -> None:
    assert found == expected


def test_no_two_things_share_a_place() -> None:
    names = [name for name, value in vars(Layout).items() if isinstance(value, property)]
    assert len({getattr(LAYOUT, name) for name in names}) == len(names)
    assert [field.name for field in fields(Layout)] == ["app", "root"]


def test_a_socket_is_never_where_systemd_removes_directories() -> None:
    assert not LAYOUT.socket("web").startswith(f"/run/{LAYOUT.runtime_directory('web')}/")


def test_units_of_apps_with_a_common_beginning_differ() -> None:
    assert Layout("shop").unit("eu", "service") != Layout("shop-eu").unit("web", "service")


@pytest.mark.parametrize(
    "name", ["../../home/bob/evil", "..", ".", "", "/etc", "a/b", "Shop", "shop\n", "shop-", "1shop"]
)
def test_no_name_leads_out_of_the_root(name: str) -> None:
    with pytest.raises(InputError, match="is not a valid name of an app"):
        Layout(name)
