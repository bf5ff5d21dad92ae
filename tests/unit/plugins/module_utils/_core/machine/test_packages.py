# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installed packages, as the package managers record them."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.packages import (
    check_names,
    dpkg_missing,
    rpm_missing,
)

STATUS = """\
Package: python3
Status: install ok installed
Architecture: amd64
Version: 3.11.2-1+b1

Package: python3-venv
Status: deinstall ok config-files
Architecture: amd64

Package: nginx
Status: install ok half-configured
Architecture: amd64

Package: held
Status: hold ok installed
Architecture: all

Package: libc6
Status: install ok installed
Architecture: amd64
Provides: libc-bin-impl, glibc-abi (= 2.36)

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Provides: was-provided
"""


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        pytest.param("python3", False, id="first record"),
        pytest.param("python3-venv", True, id="removed, configuration left"),
        pytest.param("nginx", True, id="half configured"),
        pytest.param("held", False, id="on hold"),
        pytest.param("python", True, id="start of another name"),
        pytest.param("ca-certificates", True, id="unknown"),
        pytest.param("libc6:amd64", False, id="architecture"),
        pytest.param("libc6:i386", True, id="other architecture"),
        pytest.param("held:amd64", False, id="for all architectures"),
        pytest.param("glibc-abi", False, id="provided with a version"),
        pytest.param("was-provided", True, id="provided by a removed one"),
    ],
)
def test_dpkg(name: str, missing: bool) -> None:
    assert dpkg_missing([name], STATUS) == ([name] if missing else [])


def test_rpm() -> None:
    said = "python3-3.9.18-1.el9.x86_64\nno package provides nginx\nca-certificates-2023-1.el9.noarch\n"
    assert rpm_missing(["python3", "nginx", "ca-certificates"], said) == ["nginx"]


@pytest.mark.parametrize("name", ["nginx=1.22", "-o", "a b", "", "nginx>=1", "./x.deb", "https://x/y.rpm"])
def test_refused_names(name: str) -> None:
    with pytest.raises(InputError) as caught:
        check_names("v", [name])
    assert "v[0]" in str(caught.value)


def test_names_are_asked_for_once() -> None:
    assert check_names("v", ["git", "g++", "libpq5:amd64", "git"]) == ["git", "g++", "libpq5:amd64"]
