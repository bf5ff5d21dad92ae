# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The instances of an app: their names, what each adds to the app's options, and where each listens."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps import timeouts
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import Instance
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import ERROR
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import WORKER_TMP_DIR, Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.observers import NONE, check_observers
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.owned_settings import (
    check_settings,
    with_numbers,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.setting_rules import findings
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.words import url_prefix

INSTANCE_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")  # no dash: it separates app and instance in unit names
RESERVED_INSTANCES = ("build", "release", "check", "canary", "standin")
# Directories below /run that are not an app's: an instance with a runtime directory of that name would take it over.
RESERVED_DIRECTORIES = (posixpath.basename(WORKER_TMP_DIR),)
TCP_BIND = re.compile(r"(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]):(\d{1,5})\Z")


def checked_instances(where: str, name: str, options: Mapping[str, Any]) -> tuple[Instance, ...]:
    """Return the app's instances (`web` alone if none is declared), or raise InputError for an invalid option."""
    check_settings(f"{where}.settings", with_numbers(options["settings"]))
    declared = options["instances"] or {"web": {}}
    if not options["instances"]:
        declared = {"web": {"routes": options["routes"], "bind": options["bind"]}}
    else:
        for key in ("routes", "bind"):
            if options[key]:
                raise InputError(f"{where}.{key}", "cannot be combined with `instances`.", "Set it in each instance.")
    result = []
    for instance, own_options in declared.items():
        place = f"{where}.instances.{instance}"
        if not INSTANCE_NAME.match(str(instance)) or instance in RESERVED_INSTANCES:
            raise InputError(
                place,
                f"'{instance}' is not a usable instance name.",
                f"Use lower-case letters, digits and '_'; {', '.join(RESERVED_INSTANCES)} are reserved.",
            )
        if Layout(name).runtime_directory(str(instance)) in RESERVED_DIRECTORIES:
            raise InputError(
                place,
                f"'{instance}' cannot be an instance of '{name}': its runtime directory would be {WORKER_TMP_DIR},"
                " which holds the heartbeats of all apps.",
                "Choose another name for the instance or the app.",
            )
        result.append(_instance(place, name, str(instance), own_options or {}, options))
    routed = [route for instance in result for route in instance.routes]
    for route in routed:
        if routed.count(route) > 1:
            raise InputError(f"{where}.instances", f"the route {route!r} is declared in more than one instance.")
    return tuple(result)


def refuse_taken_directory(apps: Mapping[str, Any], worker_tmp_dir: str) -> None:
    """Raise InputError if the heartbeats would be in the runtime directory of an instance, which ends with its service.

    `apps` are the validated apps by name.
    """
    for app in apps.values():
        for instance in app.instances:
            directory = f"/run/{app.layout.runtime_directory(instance.name)}"
            if worker_tmp_dir.startswith(directory) and worker_tmp_dir[len(directory) :][:1] in ("", "/", "-"):
                raise InputError(
                    "gunicorn_apps_worker_tmp_dir",
                    f"'{worker_tmp_dir}' is used by the instance '{instance.name}' of the app '{app.name}'.",
                    f"Leave it out, or use {WORKER_TMP_DIR}.",
                )


def _instance(where: str, app: str, name: str, own_options: Mapping[str, Any], options: Mapping[str, Any]) -> Instance:
    own = with_numbers(own_options.get("settings") or {})
    check_settings(f"{where}.settings", own)
    settings = {**with_numbers(options["settings"]), **own}
    if options["access_log"] != NONE:
        settings.setdefault("accesslog", "-")  # the journal
    routes = own_options.get("routes")
    if routes is None:
        routes = ["/"] if name == "web" else []
    for route in routes:
        url_prefix(f"{where}.routes", route)
    bind = own_options.get("bind") or f"unix:{Layout(app).socket(name)}"
    if not bind.startswith("unix:"):
        match = TCP_BIND.match(bind)
        if not match or not 0 < int(match.group(3)) < 65536:
            raise InputError(
                f"{where}.bind",
                f"{bind!r} is not an IP address and port.",
                "Example: '127.0.0.1:8000'; omit it for a Unix socket.",
            )
    elif own_options.get("bind"):
        raise InputError(
            f"{where}.bind", "the role sets the path of the Unix socket.", "Omit it, or use 'address:port'."
        )
    instance = Instance(
        name=name,
        profile=own_options.get("profile") or options["profile"],
        settings=settings,
        routes=tuple(routes),
        bind=bind,
        timeouts=timeouts.chain_of(
            settings.get("timeout"),
            settings.get("graceful_timeout", 0),
            own_options.get("requests") or options["requests"],
        ),
        own=frozenset(own),
    )
    check_observers(f"gunicorn_apps.{app}", options, settings, instance.worker_class)
    for finding in findings(instance.facts(instance.worker_class, options["gunicorn_version"] or "")):
        if finding.severity == ERROR:
            raise InputError(instance.variable(app, finding.subject), finding.seen, finding.fix)
    return instance
