# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel settings by declared load: who gets which, from which number, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.profile import Load, profile
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.settings import parse_settings
from hypothesis import given, settings
from hypothesis import strategies as st

VARIABLE = "gunicorn_host_load"
SOMAXCONN, SYN, REUSE, FILES = (
    "net.core.somaxconn", "net.ipv4.tcp_max_syn_backlog", "net.ipv4.tcp_tw_reuse", "fs.file-max"
)  # fmt: skip
PACKETS, PORTS = "net.core.netdev_max_backlog", "net.ipv4.ip_local_port_range"
FIN, OVERCOMMIT = "net.ipv4.tcp_fin_timeout", "vm.overcommit_memory"
ALWAYS = [SOMAXCONN, SYN, REUSE, FILES]

# What hosts got before a load could be declared; their file would be written anew if a letter of it changed.
DEFAULT = {
    SOMAXCONN: {
        "at_least": 4096,
        "reason": "the kernel silently cuts the backlog of every listening socket, TCP or unix, to this number",
    },
    SYN: {
        "at_least": 8192,
        "reason": "connections that are still being set up wait here; a burst beyond it is dropped or answered with SYN"
        " cookies",
    },
    REUSE: {
        "exactly": 1,
        "reason": "connections from nginx to Gunicorn over TCP use up ports for 60 s each; the kernel's default, 2,"
        " reuses them on loopback only, 1 towards other hosts as well; it concerns outgoing connections only",
    },
    FILES: {
        "at_least": 65535,
        "reason": "open files of the whole host; recent kernels allow far more by themselves",
    },
}


@pytest.mark.parametrize("load", [{}, {"connections_per_second": 100, "backlog": 2048, "redis": False}])
def test_default(load: dict[str, Any]) -> None:
    made = profile(load, VARIABLE)
    assert made == DEFAULT
    assert list(made) == list(DEFAULT)


@pytest.mark.parametrize(
    ("load", "key", "declared", "told"),
    [
        pytest.param({"backlog": 4096}, SOMAXCONN, {"at_least": 4096}, "", id="the least is enough"),
        pytest.param({"backlog": 4097}, SOMAXCONN, {"at_least": 4097}, "a backlog of 4097", id="one more is not"),
        pytest.param({"backlog": 4096}, SYN, {"at_least": 8192}, "", id="twice the backlog fits"),
        pytest.param({"backlog": 5000}, SYN, {"at_least": 10000}, "twice the backlog of 5000", id="and does not"),
        pytest.param({"connections_per_second": 1_000_000}, SYN, {"at_least": 8192}, "", id="the queue bounds it"),
        pytest.param({"connections_per_second": 485}, FILES, {"at_least": 65535}, "", id="files fit"),
        pytest.param(
            {"connections_per_second": 486}, FILES, {"at_least": 65610}, "486 connections per second", id="more files"
        ),
        pytest.param({"connections_per_second": 1000}, PACKETS, None, "", id="the kernel's own 1000 packets"),
        pytest.param(
            {"connections_per_second": 1001}, PACKETS, {"at_least": 2000}, "1001 connections", id="in full thousands"
        ),
        pytest.param({"connections_per_second": 3000}, PACKETS, {"at_least": 3000}, "3000 connections", id="exact"),
        pytest.param({"connections_per_second": 470}, PORTS, None, "", id="28200 of 28232 ports"),
        pytest.param(
            {"connections_per_second": 471},
            PORTS,
            {"at_least": "10240 65535"},
            "28260 ports for 60 s of TIME_WAIT",
            id="28260 of 28232 ports",
        ),
        pytest.param(
            {"connections_per_second": 471}, PORTS, {"at_least": "10240 65535"}, "ip_local_reserved_ports", id="warning"
        ),
        pytest.param({"connections_per_second": 999}, FIN, None, "", id="below the threshold"),
        pytest.param({"connections_per_second": 1000}, FIN, {"at_most": 30}, "up to 60000", id="at the threshold"),
        pytest.param({"redis": False}, OVERCOMMIT, None, "", id="no Redis"),
        pytest.param({"redis": True}, OVERCOMMIT, {"exactly": 1}, "forked copy", id="Redis"),
        pytest.param({"redis": "True", "backlog": "8192"}, SOMAXCONN, {"at_least": 8192}, "8192", id="texts of Jinja"),
    ],
)
def test_row(load: dict[str, Any], key: str, declared: Any, told: str) -> None:
    made = profile(load, VARIABLE).get(key)
    assert (made and {mode: value for mode, value in made.items() if mode != "reason"}) == declared
    assert made is None or told in made["reason"]


@pytest.mark.parametrize(
    ("load", "variable", "said"),
    [
        pytest.param([], "gunicorn_host_load", "must be a dictionary, not a list", id="list"),
        pytest.param(None, "gunicorn_host_load", "must be a dictionary, not null", id="null"),
        pytest.param({"backlg": 1}, "gunicorn_host_load.backlg", "Did you mean 'backlog'?", id="mistyped"),
        pytest.param({"backlog": 0}, "gunicorn_host_load.backlog", "from 1 to 65535, not a number (0)", id="zero"),
        pytest.param({"backlog": 65536}, "gunicorn_host_load.backlog", "from 1 to 65535", id="17 bits"),
        pytest.param({"backlog": True}, "gunicorn_host_load.backlog", "not true", id="boolean"),
        pytest.param({"backlog": None}, "gunicorn_host_load.backlog", "not null", id="empty"),
        pytest.param({"backlog": "2k"}, "gunicorn_host_load.backlog", "whole number", id="text"),
        pytest.param(
            {"connections_per_second": 0.5},
            "gunicorn_host_load.connections_per_second",
            "not a number (0.5)",
            id="fraction",
        ),
        pytest.param(
            {"connections_per_second": 10**7}, "gunicorn_host_load.connections_per_second", "to 1000000", id="too many"
        ),
        pytest.param({"redis": "yes please"}, "gunicorn_host_load.redis", "true or false", id="words"),
        pytest.param({"redis": 2}, "gunicorn_host_load.redis", "true or false, not a number (2)", id="number"),
    ],
)
def test_refused(load: Any, variable: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        profile(load, VARIABLE)
    assert caught.value.variable == variable
    assert said in str(caught.value)


@given(st.builds(Load, st.integers(1, 1_000_000), st.integers(1, 65535), st.booleans()))
@settings(derandomize=True, max_examples=200, deadline=None)
def test_any_load(load: Load) -> None:
    """Never less than the default, in a shape that the modules take, and a higher load never asks for less."""
    made = {one.key: one for one in parse_settings({"made": profile(load.__dict__, VARIABLE)})}
    assert list(made)[:4] == ALWAYS
    more = {**load.__dict__, "connections_per_second": min(10**6, load.connections_per_second * 2)}
    higher = {one.key: one for one in parse_settings({"more": profile(more, VARIABLE)})}
    for key, one in made.items():
        assert one.reason
        assert one.satisfied_by(higher[key].value)
        if key in DEFAULT:
            assert int(one.value) >= int(DEFAULT[key].get("at_least", 1))


@pytest.mark.parametrize(("redis", "set_"), [("yes", True), ("On", True), (1, True), ("no", False), (False, False)])
def test_words_of_ansible(redis: Any, set_: bool) -> None:
    assert (OVERCOMMIT in profile({"redis": redis}, VARIABLE)) is set_
