# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""To which addresses a service may connect."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.egress import (
    METADATA,
    check_egress,
    egress_directives,
    egress_findings,
    resolvers_of,
)


@pytest.mark.parametrize(
    ("egress", "expected"),
    [
        pytest.param(None, None, id="not used"),
        pytest.param({"allow": []}, (), id="loopback only"),
        pytest.param(
            {"allow": ["10.0.0.0/8", "203.0.113.7", "fd12::/48"]},
            ("10.0.0.0/8", "203.0.113.7/32", "fd12::/48"),
            id="networks and an address",
        ),
    ],
)
def test_checked(egress: Optional[dict[str, Any]], expected: Any) -> None:
    assert check_egress("v", egress) == expected


@pytest.mark.parametrize(
    ("item", "said"),
    [
        pytest.param("10.0.0.1/8", "has bits outside its prefix. Did you mean '10.0.0.0/8'?", id="host bits"),
        pytest.param("10.0.0.0/33", "is not an IP address or network. Examples:", id="prefix too long"),
        pytest.param("db.internal", "systemd filters addresses, not names", id="name"),
        pytest.param("any", "systemd filters addresses, not names", id="a word of systemd"),
        pytest.param("0.0.0.0/0", "is every address. Leave `egress` out", id="every address"),
        pytest.param("::/0", "is every address. Leave `egress` out", id="every address of IPv6"),
        pytest.param("", "is not an IP address or network", id="empty"),
        pytest.param("10.0.0.1 10.0.0.2", "is not an IP address or network", id="two in one"),
        pytest.param("10.0.0.1\nUser=root", "is not an IP address or network", id="a second directive"),
    ],
)
def test_refused(item: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_egress("v", {"allow": ["10.0.0.0/8", item]})
    assert caught.value.variable == "v.allow[1]"
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("allowed", "resolvers", "expected"),
    [
        pytest.param(None, (), {"IPAddressDeny": list(METADATA)}, id="all but the metadata services"),
        pytest.param(None, ("10.0.0.2",), {"IPAddressDeny": list(METADATA)}, id="another name server"),
        pytest.param(
            None,
            ("169.254.169.254",),
            {"IPAddressDeny": list(METADATA[1:])},
            id="where it is the name server, as on Google Cloud",
        ),
        pytest.param((), (), {"IPAddressDeny": ["any"], "IPAddressAllow": ["localhost"]}, id="loopback only"),
        pytest.param(
            ("10.0.0.0/8",),
            ("169.254.169.254",),
            {"IPAddressDeny": ["any"], "IPAddressAllow": ["localhost", "10.0.0.0/8"]},
            id="a list",
        ),
    ],
)
def test_directives(allowed: Any, resolvers: tuple[str, ...], expected: dict[str, Any]) -> None:
    assert egress_directives(allowed, resolvers) == expected


@pytest.mark.parametrize(
    ("allowed", "resolvers", "missing"),
    [
        pytest.param(None, ("10.0.0.2",), [], id="not restricted"),
        pytest.param((), ("127.0.0.53", "::1"), [], id="on loopback"),
        pytest.param(("10.0.0.0/8",), ("10.0.0.2",), [], id="in the list"),
        pytest.param(("10.0.0.0/8",), ("192.0.2.1", "10.0.0.2"), ["192.0.2.1"], id="one of two"),
        pytest.param((), ("fd00::1",), ["fd00::1"], id="of the other family"),
    ],
)
def test_resolvers_that_the_list_leaves_out(allowed: Any, resolvers: tuple[str, ...], missing: list[str]) -> None:
    found = egress_findings("shop", allowed, resolvers)
    assert [one.fix for one in found] == [f"Add '{address}'." for address in missing]
    assert {one.subject for one in found} <= {"gunicorn_apps.shop.egress.allow"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", (), id="no file"),
        pytest.param("# nameserver 1.1.1.1\nsearch x\nnameserver\t10.0.0.2\n", ("10.0.0.2",), id="one"),
        pytest.param("nameserver fe80::1%eth0\nnameserver fe80::1%eth0\n", ("fe80::1",), id="scope"),
        pytest.param("nameserver bogus\nnameserver\n", (), id="bogus"),
    ],
)
def test_resolvers(text: str, expected: tuple[str, ...]) -> None:
    assert resolvers_of(text) == expected
