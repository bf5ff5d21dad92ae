# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn an app's options into one validated value. Errors name the variable, its value, and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.accounts import check_user_name
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App, Instance, StaticRoute
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.directives import (
    checked_directives,
    checked_limits,
    with_own_stop,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.environment import check_environment
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.hooks import check_hooks
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.instances import checked_instances
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.source import (
    Source,
    parse_extras,
    parse_requirements,
    parse_source,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import APP_NAME
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.options import (
    OTHER_STRATEGIES,
    OWN_PATHS,
    PRELOADED,
    RELOAD,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import parse_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.app_module import APP_MODULE
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.validate import check_health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.static import public_directory
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.words import url_prefix
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.egress import check_egress
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.sandbox import check_overrides, opened

APP_NAME_LENGTH = 22  # `gunibuild-<name>` is the build user, and Linux limits user names to 32 bytes


def normalize(
    variable: str, apps: Mapping[str, Mapping[str, Any]], secret_names: Optional[Mapping[str, Iterable[str]]] = None
) -> dict[str, App]:
    """Turn type-checked options into apps, or raise InputError, which names the app and the key."""
    names = secret_names or {}
    result = {
        name: _app(f"{variable}.{name}", name, options, tuple(names.get(name, ()))) for name, options in apps.items()
    }
    _refuse_shared_routes(variable, result.values())
    return result


def _app(where: str, name: str, options: Mapping[str, Any], secret_names: tuple[str, ...]) -> App:
    if not APP_NAME.match(name) or len(name) > APP_NAME_LENGTH:
        raise InputError(
            where,
            f"'{name}' is not a safe app name.",
            f"Use at most {APP_NAME_LENGTH} lower-case letters, digits, '_' and single '-', starting with a letter.",
        )
    present = options["state"] == "present"
    target = options["app"] or ""
    if present and not target:
        raise InputError(
            f"{where}.app", "is missing.", "Name the callable to serve, for example 'shop.wsgi:application'."
        )
    if target and not APP_MODULE.match(target):
        raise InputError(f"{where}.app", f"{target!r} is not of the form 'module:callable'.")
    user = check_user_name(f"{where}.user", options["user"] or f"gunicorn-{name}")
    if options["keep_releases"] < 1:
        raise InputError(f"{where}.keep_releases", f"{options['keep_releases']} must be at least 1.")
    source = parse_source(f"{where}.source", options["source"], present)
    instances = checked_instances(where, name, options)
    systemd = checked_directives(f"{where}.systemd", options["systemd"], instances)
    instances = with_own_stop(instances, systemd)
    if options["egress"] is not None and "IPAddressDeny" in opened(options["sandbox"]):
        raise InputError(
            f"{where}.sandbox", "opens IPAddressDeny, which `egress` sets.", "Add the addresses to `egress.allow`."
        )
    _refuse_reload(f"{where}.strategy", options["strategy"], source, instances)
    return App(
        name=name,
        state=options["state"],
        purge=options["purge"],
        target=target,
        source=source,
        requirements=parse_requirements(f"{where}.requirements", options["requirements"]),
        python=_python(f"{where}.python", options["python"]),
        gunicorn_version=_version(f"{where}.gunicorn_version", options["gunicorn_version"]),
        extras=parse_extras(f"{where}.extras", options["extras"]),
        upgrade=options["upgrade"],
        wheels_only=_of_own_venv(where, "wheels_only", options, source),
        require_hashes=_of_own_venv(where, "require_hashes", options, source),
        hooks=check_hooks(f"{where}.hooks", options["hooks"], source),
        access_log=options["access_log"],
        log_memory=options["log_memory"],
        env=check_environment(f"{where}.env", options["env"], secret_names),
        secret_names=tuple(sorted(secret_names)),
        secrets_in=options["secrets_in"],
        build=_commands(f"{where}.build", options["build"]),
        build_network=options["build_network"],
        build_secrets=_build_secrets(f"{where}.build_secrets", options["build_secrets"], secret_names),
        release=_commands(f"{where}.release", options["release"]),
        strategy=options["strategy"],
        instances=instances,
        server_name=tuple(str(host).lower() for host in options["server_name"]),
        static=_static(f"{where}.static", name, options["static"], source),
        health=_health(f"{where}.health", options),
        user=user,
        worker_memory=parse_size(f"{where}.worker_memory", options["worker_memory"]),
        memory_budget=parse_size(f"{where}.memory_budget", options["memory_budget"]),
        limits=checked_limits(f"{where}.limits", options["limits"]),
        sandbox=check_overrides(f"{where}.sandbox", options["sandbox"]),
        egress=check_egress(f"{where}.egress", options["egress"]),
        systemd=systemd,
        keep_releases=options["keep_releases"],
        proxy=options["proxy"],
    )


def _of_own_venv(where: str, key: str, options: Mapping[str, Any], source: Source) -> bool:
    if options[key] and source.venv:
        raise InputError(f"{where}.{key}", "has no effect with source.venv: its packages are installed by others.")
    return bool(options[key])


def _refuse_reload(where: str, strategy: str, source: Source, instances: Iterable[Instance]) -> None:
    if strategy != RELOAD:
        return
    if source.kind not in ("path", "none"):
        raise InputError(where, OWN_PATHS, OTHER_STRATEGIES)
    if any(instance.settings.get("preload_app") for instance in instances):
        raise InputError(where, PRELOADED, OTHER_STRATEGIES)


def _build_secrets(where: str, names: Iterable[str], secret_names: Iterable[str]) -> tuple[str, ...]:
    """Return the names, or raise InputError for one that `secret_env` does not have."""
    known = sorted(secret_names)
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or "The app has no secret_env."
            raise InputError(where, f"'{name}' is not a name in secret_env.", hint)
    return tuple(sorted(set(names)))


def _python(where: str, value: str) -> str:
    if not re.match(r"(/[^\s]*/)?python3(\.\d+)?\Z", value):
        raise InputError(
            where, f"{value!r} is not a Python 3 interpreter.", "Examples: 'python3.11', '/opt/py/bin/python3'."
        )
    return value


def _version(where: str, value: Optional[str]) -> str:
    if value and not re.match(r"\d+(\.\d+)*([a-z]+\d+)?\Z", value):
        raise InputError(where, f"{value!r} is not a Gunicorn version.", "Example: '23.0.0'.")
    return value or ""


def _commands(where: str, commands: Iterable[str]) -> tuple[str, ...]:
    result = tuple(commands)
    for position, command in enumerate(result):
        if not command.strip() or "\0" in command:
            raise InputError(f"{where}[{position}]", "must be a non-empty command.")
    return result


def _static(where: str, app: str, static: Mapping[str, str], source: Source) -> tuple[StaticRoute, ...]:
    managed = str(source.value) if source.kind == "path" else ""
    result = []
    for url, path in static.items():
        if not url_prefix(f"{where}.{url}", url).endswith("/"):
            raise InputError(f"{where}.{url}", f"{url!r} must end with '/'.", "Example: '/static/'.")
        result.append(StaticRoute(url, public_directory(f"{where}.{url}", app, path, managed)))
    return tuple(result)


def _health(where: str, options: Mapping[str, Any]) -> Health:
    hosts = [str(host) for host in options["server_name"] if re.match(r"[A-Za-z0-9.-]+\Z", str(host))]
    return check_health(f"{where}.", options["health"], hosts[0] if hosts else "localhost")


def _refuse_shared_routes(variable: str, apps: Iterable[App]) -> None:
    owners: dict[tuple[str, str], str] = {}
    binds: dict[str, str] = {}
    for app in apps:
        if app.state == "absent":
            continue
        for instance in app.instances:
            if instance.bind in binds:
                raise InputError(
                    f"{variable}.{app.name}.bind", f"{instance.bind} is already used by {binds[instance.bind]}."
                )
            binds[instance.bind] = f"{app.name}.{instance.name}"
            for host in app.server_name:
                for route in instance.routes:
                    owner = owners.setdefault((host, route), app.name)
                    if owner != app.name:
                        raise InputError(
                            f"{variable}.{app.name}.server_name",
                            f"'{host}' with the route '{route}' is already served by the app '{owner}'.",
                        )
