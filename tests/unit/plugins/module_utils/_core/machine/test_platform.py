# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Platforms, as their own os-release files name them."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.platform import (
    names,
    parse_os_release,
    pick,
)

PLATFORMS = {"debian": {"is": "debian"}, "redhat": {"is": "redhat"}}

DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n'
UBUNTU = 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n'
MINT = 'ID=linuxmint\nID_LIKE="ubuntu debian"\n'
RHEL = 'ID="rhel"\nID_LIKE="fedora"\n'
ROCKY = 'ID="rocky"\nID_LIKE="rhel centos fedora"\n'
FEDORA = "ID=fedora\n"


@pytest.mark.parametrize(
    ("os_release", "expected"),
    [
        pytest.param(DEBIAN, "debian", id="debian"),
        pytest.param(UBUNTU, "debian", id="ubuntu is like debian"),
        pytest.param(MINT, "debian", id="second of the names it is like"),
        pytest.param(RHEL, "redhat", id="rhel"),
        pytest.param(ROCKY, "redhat", id="rocky"),
        pytest.param(FEDORA, "redhat", id="fedora has no ID_LIKE"),
        pytest.param("ID=Debian\n", "debian", id="case does not matter"),
    ],
)
def test_pick(os_release: str, expected: str) -> None:
    assert pick(PLATFORMS, os_release) == {"is": expected}


def test_own_name_wins_over_those_it_is_like() -> None:
    assert pick({**PLATFORMS, "ubuntu": {"is": "ubuntu"}}, UBUNTU) == {"is": "ubuntu"}


@pytest.mark.parametrize(
    ("os_release", "said"),
    [
        pytest.param('ID=arch\nPRETTY_NAME="Arch Linux"\n', "Arch Linux", id="pretty name"),
        pytest.param("ID=arch\n", "arch", id="bare id"),
        pytest.param("", "linux", id="empty file means linux, as the standard says"),
    ],
)
def test_unsupported(os_release: str, said: str) -> None:
    with pytest.raises(HostError) as caught:
        pick(PLATFORMS, os_release)
    assert said in caught.value.cause
    assert "supported: debian, redhat" in caught.value.evidence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("# note\n\nID=x\n", {"ID": "x"}, id="comment and blank"),
        pytest.param("A='b c'\n", {"A": "b c"}, id="single quotes"),
        pytest.param('A="b\n', {"A": '"b'}, id="broken quotes are kept"),
        pytest.param("junk\nA=\n", {"A": ""}, id="junk is ignored"),
    ],
)
def test_parse(text: str, expected: dict[str, str]) -> None:
    assert parse_os_release(text) == expected


def test_names_are_each_listed_once() -> None:
    assert names(ROCKY) == ["rocky", "rhel", "centos", "fedora", "redhat"]
