# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units in /run, derived from the units of a release."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.versions import at_least
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.parsed_unit import Sections, parse_unit
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import (
    Value,
    quote_argument,
    render_unit,
)

CHECK, CANARY, STAND_IN = "check", "canary", "standin"
KINDS = (CHECK, CANARY, STAND_IN)
# Directives for the lifecycle of the real service.
_LIFE = ("ExecReload", "Restart", "RestartSec", "RestartSteps", "RestartMaxDelaySec", "Sockets")
_COMMANDS = ("ExecStartPre", "ExecStartPost", "ExecStop", "ExecStopPost", "ExecCondition")
# Directives that a user may have added for the real service, and that would raise alarms or prolong a check.
_ALARMS = ("OnFailure", "OnSuccess")
_LONG_LIFE = ("WatchdogSec", "RuntimeMaxSec", "RemainAfterExit", "TimeoutSec", "TimeoutStopSec", "TimeoutAbortSec")


def variant_name(service: str, kind: str) -> str:
    """`gunicorn-shop-web.service` → `gunicorn-shop-web-canary.service`."""
    return f"{service[: -len('.service')]}-{kind}.service"


def runtime_directory(service: str, kind: str) -> str:
    return f"/run/{variant_name(service, kind)[: -len('.service')]}"


def canary_bind(service: str) -> str:
    return f"unix:{runtime_directory(service, CANARY)}.sock"


def canary_socket(service: str) -> str:
    """Return the canary's own socket unit: held by systemd like the real one, but accessible to root only."""
    path = canary_bind(service)[len("unix:") :]
    listening: dict[str, Value] = {"ListenStream": path, "SocketMode": "0600", "RemoveOnStop": True}
    return render_unit({"Unit": {"Description": f"Socket of {variant_name(service, CANARY)}"}, "Socket": listening})


def check_unit(service: str, text: str, command: Sequence[str], limit: int) -> str:
    """Return a service that runs a command to its end, in the app's environment and with only the app's rights.

    `limit` is the start timeout in seconds.
    """
    unit = _derive(service, text, CHECK, standalone=True)
    for directive in (*_COMMANDS, *_LONG_LIFE):
        unit["Service"].pop(directive, None)
    for directive in _ALARMS:
        unit["Unit"].pop(directive, None)
    unit["Service"].update(
        {
            "Type": ["oneshot"],
            "ExecStart": [" ".join(quote_argument(word) for word in command)],
            "TimeoutStartSec": [str(limit)],
            "TimeoutStopSec": ["5"],
            "KillMode": ["mixed"],  # processes that the import started are killed as soon as the command has ended
            "SendSIGKILL": ["yes"],
            "StandardInput": ["null"],
            "StandardOutput": ["null"],
            "StandardError": ["journal"],
            "RuntimeDirectoryPreserve": ["yes"],
            "LogRateLimitIntervalSec": ["30"],
            "LogRateLimitBurst": ["200"],
        }
    )
    return render_unit(unit)


def canary_unit(service: str, text: str, gunicorn: str, limit: int) -> str:
    """Return a service that really boots the app, with one worker, on its own socket."""
    unit = _derive(service, text, CANARY, standalone=True)
    unit["Service"]["TimeoutStartSec"] = [str(limit)]
    socket = variant_name(service, CANARY).replace(".service", ".socket")
    unit["Unit"].update({"Requires": [socket], "After": [socket]})
    _add_arguments(unit, service, CANARY, gunicorn, ["--workers", "1"])
    return render_unit(unit)


def stand_in_unit(service: str, text: str, gunicorn: str, limit: int) -> str:
    """Return a second copy of the whole service, on the listening socket of the first."""
    unit = _derive(service, text, STAND_IN, standalone=False)
    unit["Service"]["Sockets"] = [service.replace(".service", ".socket")]
    unit["Service"]["TimeoutStartSec"] = [str(limit)]
    _add_arguments(unit, service, STAND_IN, gunicorn, [])
    return render_unit(unit)


def _derive(service: str, text: str, kind: str, standalone: bool) -> Sections:
    unit = parse_unit(text)
    unit.pop("Install", None)
    unit["Unit"]["Description"] = [f"{unit['Unit']['Description'][0]}: {kind}"]
    if standalone:  # it needs neither the socket nor the units around it, and on a first deploy they do not exist
        for directive in ("Requires", "After", "Wants", "BindsTo", "PartOf"):
            unit["Unit"].pop(directive, None)
    for directive in _LIFE:
        unit["Service"].pop(directive, None)
    name = variant_name(service, kind)[: -len(".service")]
    unit["Service"].update({"Restart": ["no"], "RuntimeDirectory": [name], "SyslogIdentifier": [name]})
    return unit


def _add_arguments(unit: Sections, service: str, kind: str, gunicorn: str, arguments: Sequence[str]) -> None:
    more = list(arguments)
    if at_least(gunicorn, "25.1"):
        more += ["--control-socket", f"{runtime_directory(service, kind)}/control.sock"]
    unit["Service"]["ExecStart"] = [
        " ".join([unit["Service"]["ExecStart"][-1], *(quote_argument(argument) for argument in more)])
    ]
