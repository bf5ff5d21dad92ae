# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The systemd units of an instance: a socket that outlives all processes, and the service behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App, Instance
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.environment import CREDENTIALS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import conf_path, credential_path
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import parse_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.gunicorn_conf import backlog
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import Sizing
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.egress import egress_directives
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.private_view import (
    ADDED,
    add_lists,
    named_paths,
    private_view,
    without_covered,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.sandbox import opened, sandbox
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import (
    escape_specifiers,
    quote_argument,
    render_unit,
)

# By the key of the app's `limits`.
LIMIT_DIRECTIVES = {
    "nofile": "LimitNOFILE",
    "nproc": "LimitNPROC",
    "tasks_max": "TasksMax",
    "memory_high": "MemoryHigh",
    "memory_max": "MemoryMax",
}
RESTART_STEPS_SINCE = 254
PRELOAD_START = 600  # seconds: with preload_app the master is ready only after importing the app, else immediately


@dataclass(frozen=True)
class Place:
    """What the units need to know about the host, and the resolved paths of the release (never `current`)."""

    release: str
    source: str
    venv: str
    worker_tmp_dir: str
    proxy_group: str
    systemd: int
    gunicorn: str = ""
    resolvers: tuple[str, ...] = ()  # the host's name servers


def socket_unit(app: App, instance: Instance, place: Place) -> str:
    """Return the text of the instance's socket unit."""
    listening: dict[str, Any] = {
        "ListenStream": escape_specifiers(
            instance.bind[len("unix:") :] if instance.bind.startswith("unix:") else instance.bind
        ),
        "Backlog": backlog(instance),
        "TriggerLimitIntervalSec": 0,
    }
    if instance.bind.startswith("unix:"):
        listening.update(
            {"SocketGroup": place.proxy_group, "SocketMode": "0660", "DirectoryMode": "0755", "RemoveOnStop": True}
        )
    return render_unit(
        _with_user_directives(
            {
                "Unit": {"Description": f"Gunicorn socket of {app.name} ({instance.name})"},
                "Socket": listening,
                "Install": {"WantedBy": "sockets.target"},
            },
            {"Socket": app.systemd.get("Socket", {})},
        )
    )


def service_unit(app: App, instance: Instance, place: Place, sizing: Sizing) -> str:
    """Return the text of the instance's service unit."""
    layout = app.layout
    socket = layout.unit(instance.name, "socket")
    interpreter = f"{place.venv}/bin/python"
    command = [interpreter, "-m", "gunicorn", "--config", conf_path(place.release, instance.name), app.target]
    service: dict[str, Any] = {
        "Type": "notify",
        "User": app.user,
        "Group": app.user,
        "WorkingDirectory": escape_specifiers(place.source),
        "EnvironmentFile": escape_specifiers(f"{place.release}/env"),
        "ExecStart": " ".join(quote_argument(word) for word in command),
        "ExecReload": "/bin/kill -HUP $MAINPID",
        "SyslogIdentifier": f"gunicorn-{app.name}-{instance.name}",
        "KillMode": "mixed",
        # Otherwise systemd makes the shared socket blocking at every start, also for the workers that are serving:
        # an event loop then hangs in accept() until Gunicorn makes the socket non-blocking again.
        "NonBlocking": True,
        "TimeoutStopSec": instance.timeouts.stop,
        **({"TimeoutStartSec": PRELOAD_START} if instance.settings.get("preload_app") else {}),
        "Restart": "always",
        "RestartSec": "500ms" if place.systemd >= RESTART_STEPS_SINCE else 2,
        **({"RestartSteps": 6, "RestartMaxDelaySec": 10} if place.systemd >= RESTART_STEPS_SINCE else {}),
        "OOMPolicy": "continue",
        "RuntimeDirectory": layout.runtime_directory(instance.name),
        "RuntimeDirectoryMode": "0700",
        **_credentials(app, place),
        **_limits(app.limits, sizing),
        **_sandbox(app, instance, place),
    }
    return render_unit(
        _with_user_directives(
            {
                "Unit": {
                    "Description": f"Gunicorn serving {app.name} ({instance.name})",
                    "Requires": socket,
                    "After": f"{socket} network.target",
                    "RequiresMountsFor": f"{place.worker_tmp_dir} {layout.home}",
                    "StartLimitIntervalSec": 0,
                },
                "Service": service,
                "Install": {"WantedBy": "multi-user.target"},
            },
            {
                **{name: directives for name, directives in app.systemd.items() if name != "Socket"},
                "Service": without_covered(app.systemd.get("Service", {}), place.worker_tmp_dir, layout.home),
            },
        )
    )


def _credentials(app: App, place: Place) -> dict[str, Any]:
    if app.secrets_in != CREDENTIALS or not app.secret_names:
        return {}
    files = [f"{name}:{escape_specifiers(credential_path(place.release, name))}" for name in app.secret_names]
    return {"LoadCredential": files}


def _sandbox(app: App, instance: Instance, place: Place) -> dict[str, Any]:
    """Return all protections of the service, with the switches that the app opens."""
    own = app.systemd.get("Service", {})
    source = [app.source.value] if app.source.kind == "path" else []
    named = named_paths(own, [*source, app.source.venv, app.python, *instance.settings.values()])
    layout = app.layout
    view = private_view(layout.home, layout.shared, place.worker_tmp_dir, own, named, place.systemd)
    switches: dict[str, Any] = {**opened(app.sandbox)}
    if "TemporaryFileSystem" in switches:  # it opens the view of other apps; the heartbeats stay private
        switches = {
            **switches,
            "TemporaryFileSystem": [switches["TemporaryFileSystem"], *view["TemporaryFileSystem"][1:]],
        }
    network = egress_directives(app.egress, place.resolvers)
    return {**sandbox(app.sandbox, place.gunicorn), **view, **network, **switches}


def _limits(limits: Mapping[str, Any], sizing: Sizing) -> dict[str, Any]:
    directives = {directive: limits[key] for key, directive in LIMIT_DIRECTIVES.items() if limits[key]}
    for key, directive in (("memory_high", "MemoryHigh"), ("memory_max", "MemoryMax")):
        if limits[key]:
            # systemd ignores a size that it cannot parse, such as 512m.
            directives[directive] = parse_size(key, limits[key])
    if sizing.tasks:
        directives.setdefault("TasksMax", sizing.tasks)
    if sizing.memory:
        directives.setdefault("MemoryMax", sizing.memory)
    return {**directives, "LimitNOFILE": sizing.nofile}


def _with_user_directives(
    sections: Mapping[str, Mapping[str, Any]], added: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Let the user's directives replace those of the same name, or add to them if they are lists of paths or addresses;
    append the others.
    """
    merged = {name: dict(directives) for name, directives in sections.items()}
    for section, directives in added.items():
        into = merged.setdefault(section, {})
        into.update(
            {
                name: add_lists(into[name], value) if section == "Service" and name in ADDED and name in into else value
                for name, value in directives.items()
            }
        )
    return merged
