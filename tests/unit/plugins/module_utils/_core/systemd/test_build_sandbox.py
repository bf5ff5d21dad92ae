# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a command of a build may see and do."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.build_sandbox import (
    View,
    ending,
    properties,
)


def shown(**options: Any) -> list[tuple[str, str]]:
    return list(properties(View("gunibuild-shop", "gunibuild-shop", "/", **options)))


def values(name: str, **options: Any) -> list[str]:
    return [value for key, value in shown(**options) if key == name]


def test_no_network_unless_asked_for() -> None:
    assert values("PrivateNetwork") == ["yes"]
    assert values("PrivateNetwork", network=True) == []
    assert "169.254.169.254" in values("IPAddressDeny", network=True)
    assert "169.254.169.254" not in values("IPAddressDeny", network=True, resolvers=("169.254.169.254",))
    assert values("IPAddressDeny", network=True, egress=("10.0.0.0/8",)) == ["any"]
    assert values("IPAddressAllow", network=True, egress=("10.0.0.0/8",)) == ["localhost", "10.0.0.0/8"]


def test_the_sockets_of_the_host_are_hidden_unless_asked_for() -> None:
    assert any(value.startswith("/run:") for value in values("TemporaryFileSystem"))
    assert not any(value.startswith("/run:") for value in values("TemporaryFileSystem", sockets=True))
    assert values("BindReadOnlyPaths") == []
    assert "-/run/systemd/resolve" in values("BindReadOnlyPaths", network=True)


def test_only_what_is_named_is_seen_of_the_apps() -> None:
    assert "/srv/gunicorn:ro" in values("TemporaryFileSystem")
    assert values("BindReadOnlyPaths", readable=("/srv/gunicorn/shop/src",)) == ['"/srv/gunicorn/shop/src"']
    assert values("BindPaths", writable=("/a",)) == values("ReadWritePaths", writable=("/a",)) == ['"/a"']


def test_what_the_app_opens() -> None:
    opened = (("PrivateUsers", "no"), ("SystemCallFilter", "@system-service"))
    assert values("PrivateUsers", opened=opened) == ["no"]
    assert values("SystemCallFilter", opened=opened) == ["@system-service"]
    assert values("SystemCallFilter") == ["@system-service", "~@privileged @resources"]


def test_the_app_may_not_escape_through_a_path() -> None:
    assert values("BindReadOnlyPaths", readable=('/a b:c"d\\e',)) == ['"/a b:c\\"d\\\\e"']


@pytest.mark.parametrize("name", ["User", "Group", "MemoryMax", "TasksMax", "RuntimeMaxSec", "LimitCORE", "LimitFSIZE"])
def test_limits_and_owner_are_always_there(name: str) -> None:
    assert len(values(name)) == 1


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("timeout", "It was stopped after 60 s."),
        ("oom-kill", "It was killed because it needed more memory than 75% of the host's."),
        ("signal", "It was ended by a signal."),
        ("exit-code", "exit status 3"),
        ("", "exit status 3"),
    ],
)
def test_ending(result: str, expected: str) -> None:
    assert ending(result, 3, 60) == expected
