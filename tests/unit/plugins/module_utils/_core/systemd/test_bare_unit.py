# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service that a bare import check runs in."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.instances import RESERVED_INSTANCES
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.bare_unit import SERVICE, bare_service
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.parsed_unit import parse_unit
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.runtime_units import (
    CHECK,
    check_unit,
    variant_name,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.sandbox import SANDBOX


def service(directory: str = "/srv/app", environment: str = "/run/env", sandboxed: bool = True) -> dict[str, list[str]]:
    return parse_unit(bare_service("shop", directory, environment, sandboxed))["Service"]


@pytest.mark.parametrize("sandboxed", [True, False])
def test_who_and_where(sandboxed: bool) -> None:
    unit = service(sandboxed=sandboxed)
    assert (unit["User"], unit["WorkingDirectory"], unit["EnvironmentFile"]) == (["shop"], ["/srv/app"], ["/run/env"])
    assert unit["RuntimeDirectoryMode"] == ["0700"]


@pytest.mark.parametrize("sandboxed", [True, False])
def test_the_sandbox_is_whole_or_not_there(sandboxed: bool) -> None:
    whole = {*SANDBOX, "InaccessiblePaths", "IPAddressDeny"}
    assert whole & set(service(sandboxed=sandboxed)) == (whole if sandboxed else set())


def test_its_own_directory_is_not_hidden() -> None:
    assert "-/var/log" in service("/srv/app")["InaccessiblePaths"]
    assert "-/var/log" not in service("/var/log/app")["InaccessiblePaths"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("/srv/100%/app", "/srv/100%%/app", id="a specifier of systemd"),
        pytest.param("/srv/my app", "/srv/my app", id="a space"),
    ],
)
def test_paths(path: str, expected: str) -> None:
    unit = service(path, path)
    assert (unit["WorkingDirectory"], unit["EnvironmentFile"]) == ([expected], [expected])
    assert unit["User"] == ["shop"]


def test_a_check_can_be_made_of_it() -> None:
    """The derived unit keeps who, where and with which rights."""
    text = bare_service("shop", "/srv/app", "/run/env", True)
    derived = parse_unit(check_unit(SERVICE, text, ["python", "probe.py"], 60))["Service"]
    assert {name: derived[name] for name in service()} == service()


def test_no_instance_can_have_its_name() -> None:
    """It is the unit of an app called `import`, but for an instance whose name is reserved."""
    assert variant_name(SERVICE, CHECK) == Layout("import").unit(CHECK, "service")
    assert CHECK in RESERVED_INSTANCES


def test_a_line_break_makes_no_directive() -> None:
    with pytest.raises(InputError, match="control character"):
        service("/srv/app\nUser=root", "/srv/app")
