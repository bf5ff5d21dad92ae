# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel settings for a declared load. docs/kernel.md has a table of the formulas, with their sources.

A key whose kernel default is sufficient is left out, except for the four that every host gets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.described import described
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean

CONNECTIONS = range(1, 1_000_001)
BACKLOGS = range(1, 65_536)  # older kernels store a backlog in 16 bits
# The words that Ansible accepts as booleans.
SWITCHES = {
    **dict.fromkeys(("true", "yes", "on", "y", "t", "1", "1.0"), True),
    **dict.fromkeys(("false", "no", "off", "n", "f", "0", "0.0"), False),
}
LEAST_SOMAXCONN = 4096
LEAST_SYN_BACKLOG = 8192
LEAST_FILES = 65535
TIME_WAIT = 60  # seconds; a kernel constant
PACKETS = 10  # received for a short HTTP connection
STALL_MS = 100  # how long a CPU may be too busy to process its packets
KERNEL_PACKETS = 1000  # the default of net.core.netdev_max_backlog in every kernel
KERNEL_PORTS = 60999 - 32768 + 1
PORTS = (10240, 65535)
KEEPALIVE = 75  # seconds; nginx's default keepalive_timeout: one file for each open connection
REQUEST = 30  # seconds; Gunicorn's default timeout: two more files, nginx's and Gunicorn's end
ORPHANS_FROM = 1000  # connections per second


@dataclass(frozen=True)
class Load:
    """The load that the host must handle. The defaults give the settings from before a load could be declared."""

    connections_per_second: int = 100
    backlog: int = 2048
    redis: bool = False


def check_load(declared: Any, variable: str) -> Load:
    """Return the load, or raise InputError; numbers may be texts, because Jinja produces those."""
    if not isinstance(declared, Mapping):
        hint = "Example: {connections_per_second: 2000, backlog: 8192}."
        raise InputError(variable, f"must be a dictionary, not {described(declared)}.", hint)
    known = [field.name for field in fields(Load)]
    for name in declared:
        if name not in known:
            raise InputError(f"{variable}.{name}", "is not a known key.", did_you_mean(name, known))
    given = {**Load().__dict__, **declared}
    return Load(
        _number(f"{variable}.connections_per_second", given["connections_per_second"], CONNECTIONS),
        _number(f"{variable}.backlog", given["backlog"], BACKLOGS),
        _switch(f"{variable}.redis", given["redis"]),
    )


def _number(where: str, value: Any, allowed: range) -> int:
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if isinstance(number, bool) or not isinstance(number, int) or number not in allowed:
        problem = f"must be a whole number from {allowed[0]} to {allowed[-1]}, not {described(value)}."
        raise InputError(where, problem)
    return number


def _switch(where: str, value: Any) -> bool:
    switch = SWITCHES.get(str(value).lower())
    if switch is None:
        raise InputError(where, f"must be true or false, not {described(value)}.")
    return switch


def profile(declared: Any, variable: str) -> dict[str, dict[str, Any]]:
    """Return the settings for a load, in the format of gunicorn_host_sysctl, or raise InputError for the variable."""
    load = check_load(declared, variable)
    return {**_always(load), **_connections(load), **_redis(load)}


def _always(load: Load) -> dict[str, dict[str, Any]]:
    rate, backlog = load.connections_per_second, load.backlog
    return {
        "net.core.somaxconn": _at_least(
            LEAST_SOMAXCONN,
            backlog,
            "the kernel silently cuts the backlog of every listening socket, TCP or unix, to this number",
            f"declared is a backlog of {backlog}",
        ),
        "net.ipv4.tcp_max_syn_backlog": _at_least(
            LEAST_SYN_BACKLOG,
            2 * backlog,
            "connections that are still being set up wait here; a burst beyond it is dropped or answered with SYN"
            " cookies",
            f"twice the backlog of {backlog}, because without SYN cookies the kernel keeps a quarter for known clients",
        ),
        "net.ipv4.tcp_tw_reuse": {
            "exactly": 1,
            "reason": "connections from nginx to Gunicorn over TCP use up ports for 60 s each; the kernel's default,"
            " 2, reuses them on loopback only, 1 towards other hosts as well; it concerns outgoing connections only",
        },
        "fs.file-max": _at_least(
            LEAST_FILES,
            rate * (KEEPALIVE + 2 * REQUEST),
            "open files of the whole host; recent kernels allow far more by themselves",
            f"{rate} connections per second, each with one file for {KEEPALIVE} s of keepalive and two more for"
            f" {REQUEST} s of a request",
        ),
    }


def _at_least(least: int, needed: int, reason: str, derived: str) -> dict[str, Any]:
    return {"at_least": max(least, needed), "reason": f"{reason}; {derived}" if needed > least else reason}


def _connections(load: Load) -> dict[str, dict[str, Any]]:
    rate = load.connections_per_second
    found: dict[str, dict[str, Any]] = {}
    packets = rate * PACKETS * STALL_MS // 1000
    if packets > KERNEL_PACKETS:
        found["net.core.netdev_max_backlog"] = {
            "at_least": -(-packets // 1000) * 1000,
            "reason": f"{rate} connections per second with {PACKETS} packets each, while a CPU does not get to them for"
            f" {STALL_MS} ms; only loopback, virtual interfaces and packet steering (RPS) queue here",
        }
    ports = rate * TIME_WAIT
    if ports > KERNEL_PORTS:
        first, last = PORTS
        found["net.ipv4.ip_local_port_range"] = {
            "at_least": f"{first} {last}",
            "reason": f"{rate} connections per second to one address over TCP hold {ports} ports for {TIME_WAIT} s of"
            f" TIME_WAIT, and the kernel's default range has {KERNEL_PORTS}; unix sockets use none; a service that"
            f" listens from {first} on can find its port taken: name it in net.ipv4.ip_local_reserved_ports",
        }
    if rate >= ORPHANS_FROM:
        found["net.ipv4.tcp_fin_timeout"] = {
            "at_most": 30,
            "reason": f"at {rate} connections per second, clients that vanish without closing leave up to"
            f" {rate * TIME_WAIT} connections in FIN-WAIT-2 for the default of 60 s; it does not shorten TIME_WAIT",
        }
    return found


def _redis(load: Load) -> dict[str, dict[str, Any]]:
    if not load.redis:
        return {}
    reason = (
        "declared is Redis on this host: it saves in a forked copy of itself, and the kernel's default, 0, can refuse"
        " the fork for memory that the copy will never use"
    )
    return {"vm.overcommit_memory": {"exactly": 1, "reason": reason}}
