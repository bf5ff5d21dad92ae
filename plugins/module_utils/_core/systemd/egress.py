# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""To which addresses a service may connect.

Requests are not affected: connections belong to the socket that systemd has opened for the socket unit, also with TCP.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any, Optional, Union

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import WARNING, Finding

# The metadata services of AWS, Azure, Google Cloud, Oracle, Alibaba …: they hand out credentials of the machine.
METADATA = ("169.254.169.254", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200")
LOOPBACK = "localhost"  # systemd's name for 127.0.0.0/8 and ::1/128
_EXAMPLES = "Examples: '10.20.0.0/16', '203.0.113.7', 'fd12::/48'."
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]


def check_egress(where: str, egress: Optional[dict[str, Any]]) -> Optional[tuple[str, ...]]:
    """Return the allowed networks, None if the option is not used. Raise InputError for one that is not usable."""
    if egress is None:
        return None
    return tuple(str(_network(f"{where}.allow[{at}]", str(item))) for at, item in enumerate(egress["allow"] or ()))


def _network(where: str, text: str) -> Network:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        name = any(char.isalpha() for char in text) and ":" not in text
        hint = "systemd filters addresses, not names: look the name up and list its networks. " if name else ""
        raise InputError(where, f"{text!r} is not an IP address or network.", f"{hint}{_EXAMPLES}") from None
    if network.prefixlen == 0:
        raise InputError(
            where,
            f"{text!r} is every address.",
            "Leave `egress` out: all addresses but the metadata services of clouds are then allowed.",
        )
    if ipaddress.ip_interface(text).ip != network.network_address:
        raise InputError(where, f"{text!r} has bits outside its prefix.", f"Did you mean '{network}'?")
    return network


def egress_directives(allowed: Optional[Sequence[str]], resolvers: Iterable[str] = ()) -> dict[str, Any]:
    """Return the directives. `resolvers` are the name servers of the host: where the metadata service is one of them,
    denying its address would leave the app without names.
    """
    if allowed is None:
        known = set(resolvers)
        return {"IPAddressDeny": [address for address in METADATA if address not in known]}
    return {"IPAddressDeny": ["any"], "IPAddressAllow": [LOOPBACK, *allowed]}


def egress_findings(app: str, allowed: Optional[Sequence[str]], resolvers: Iterable[str]) -> list[Finding]:
    """Report the name servers of the host that the list does not allow: no name could be resolved through them."""
    if allowed is None:
        return []
    networks = [ipaddress.ip_network(one) for one in allowed]
    addresses = [ipaddress.ip_address(text) for text in resolvers]
    missing = [str(one) for one in addresses if not one.is_loopback and not any(one in network for network in networks)]
    subject = f"gunicorn_apps.{app}.egress.allow"
    why = "does not contain the host's name server {}: the app cannot resolve names through it."
    return [
        Finding("setting-harmful", WARNING, subject, seen=why.format(one), fix=f"Add '{one}'.", app=app)
        for one in missing
    ]


def resolvers_of(text: str) -> tuple[str, ...]:
    """Return the name servers in the text of /etc/resolv.conf, without those that are not plain addresses."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            try:
                found.append(str(ipaddress.ip_address(words[1].split("%")[0])))
            except ValueError:
                continue
    return tuple(dict.fromkeys(found))
