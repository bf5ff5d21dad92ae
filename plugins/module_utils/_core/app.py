# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An app as declared: options in, one checked value out. Everything else reads this value, never the raw options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Optional, Union

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core import timeouts
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.environment import check_environment
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.finding import ERROR
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health import Health, check_health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.hooks import check_hooks
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.nginx_text import url_prefix
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.observers import NONE, check_observers
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.owned_settings import check_settings, with_numbers
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sandbox import check_overrides
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.setting_rules import Facts, findings
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizes import parse_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing import PROFILES
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.source import (
    Source,
    parse_requirements,
    parse_source,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.strategy import (
    OTHER_STRATEGIES,
    OWN_PATHS,
    PRELOADED,
    RELOAD,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.suggest import did_you_mean

APP_NAME = re.compile(r"[a-z][a-z0-9_]*(-[a-z0-9_]+)*\Z")
APP_NAME_LENGTH = 22  # `gunicorn-<name>` is the service user, and Linux ends user names at 32 bytes
INSTANCE_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")  # no dash: it separates app and instance in unit names
RESERVED_INSTANCES = ("build", "release", "check", "canary", "standin")
TARGET = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_][^\x00-\x1f]*)?\Z")
USER_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}\Z")
DIRECTIVE = re.compile(r"[A-Z][A-Za-z0-9]*\Z")
UNIT_SECTIONS = ("Unit", "Service", "Socket", "Install")
OWNED_DIRECTIVES = {
    "Service": {
        "Type": "Gunicorn reports readiness itself.",
        "User": "Use the app's `user`.",
        "Group": "Use the app's `user`; its group has the same name.",
        "DynamicUser": "Use the app's `user`.",
        "ExecStart": "It names the release.",
        "WorkingDirectory": "It names the release; use `source.subdir`.",
        "EnvironmentFile": "Use `env` or `secret_env`.",
        "RuntimeDirectory": "Gunicorn's control socket is in it.",
    },
    "Socket": {"ListenStream": "Use the app's `bind`.", "Backlog": "Use `settings.backlog`."},
}
TCP_BIND = re.compile(r"(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]):(\d{1,5})\Z")


@dataclass(frozen=True)
class StaticRoute:
    url: str
    path: str


@dataclass(frozen=True)
class Instance:
    """One kind of worker of an app, behind a socket of its own."""

    name: str
    profile: str
    settings: Mapping[str, Any]
    routes: tuple[str, ...]
    bind: str
    timeouts: timeouts.Timeouts
    own: frozenset[str] = frozenset()  # the names that are declared at the instance and not at the app

    def variable(self, app: str, setting: str) -> str:
        """Where the user has declared a setting, or would."""
        place = f".instances.{self.name}" if setting in self.own else ""
        return f"gunicorn_apps.{app}{place}.settings.{setting}"

    def facts(self, worker_class: str, gunicorn: str, somaxconn: int = 0) -> Facts:
        return Facts(self.settings, worker_class, gunicorn, self.bind, somaxconn)

    @property
    def worker_class(self) -> str:
        """The class that is declared, or that of the profile."""
        return str(self.settings.get("worker_class") or PROFILES[self.profile].worker_class)

    @property
    def tls(self) -> bool:
        """Whether Gunicorn itself speaks TLS; either setting makes it do so."""
        return bool(self.settings.get("certfile") or self.settings.get("keyfile"))


@dataclass(frozen=True)
class App:
    name: str
    state: str
    purge: bool
    target: str
    source: Source
    requirements: Union[str, tuple[str, ...], None]
    python: str
    gunicorn_version: str
    extras: tuple[str, ...]
    upgrade: bool
    hooks: str
    access_log: str
    log_memory: bool
    env: Mapping[str, str]
    secret_names: tuple[str, ...]
    build: tuple[str, ...]
    release: tuple[str, ...]
    strategy: str
    instances: tuple[Instance, ...]
    server_name: tuple[str, ...]
    static: tuple[StaticRoute, ...]
    health: Health
    user: str
    worker_memory: int
    memory_budget: int
    limits: Mapping[str, Any]
    sandbox: tuple[Mapping[str, str], ...]
    systemd: Mapping[str, Mapping[str, Any]]
    keep_releases: int
    proxy: Mapping[str, Any]

    @property
    def layout(self) -> Layout:
        return Layout(self.name)


def normalize(
    variable: str, apps: Mapping[str, Mapping[str, Any]], secret_names: Optional[Mapping[str, Iterable[str]]] = None
) -> dict[str, App]:
    """Turn type-checked options into apps, or raise InputError naming the app and the key."""
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
            f"Use lower-case letters, digits, '_' and single '-', beginning with a letter, at most {APP_NAME_LENGTH}.",
        )
    present = options["state"] == "present"
    target = options["app"] or ""
    if present and not target:
        raise InputError(
            f"{where}.app", "is missing.", "Name the callable to serve, for example 'shop.wsgi:application'."
        )
    if target and not TARGET.match(target):
        raise InputError(f"{where}.app", f"{target!r} is not of the form 'module:callable'.")
    user = options["user"] or f"gunicorn-{name}"
    if not USER_NAME.match(user) or user == "root":
        raise InputError(f"{where}.user", f"{user!r} cannot be the service user.", "Workers never run as root.")
    if options["keep_releases"] < 1:
        raise InputError(f"{where}.keep_releases", f"{options['keep_releases']} is below 1.")
    source = parse_source(f"{where}.source", options["source"], present)
    instances = _instances(where, name, options)
    systemd = _systemd(f"{where}.systemd", options["systemd"], instances)
    instances = _with_own_stop(instances, systemd)
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
        extras=tuple(options["extras"]),
        upgrade=options["upgrade"],
        hooks=check_hooks(f"{where}.hooks", options["hooks"], source),
        access_log=options["access_log"],
        log_memory=options["log_memory"],
        env=check_environment(f"{where}.env", options["env"], secret_names),
        secret_names=tuple(sorted(secret_names)),
        build=_commands(f"{where}.build", options["build"]),
        release=_commands(f"{where}.release", options["release"]),
        strategy=options["strategy"],
        instances=instances,
        server_name=tuple(str(host).lower() for host in options["server_name"]),
        static=_static(f"{where}.static", name, options["static"]),
        health=_health(f"{where}.health", options),
        user=user,
        worker_memory=parse_size(f"{where}.worker_memory", options["worker_memory"]),
        memory_budget=parse_size(f"{where}.memory_budget", options["memory_budget"]),
        limits=_limits(f"{where}.limits", options["limits"]),
        sandbox=check_overrides(f"{where}.sandbox", options["sandbox"]),
        systemd=systemd,
        keep_releases=options["keep_releases"],
        proxy=options["proxy"],
    )


def _with_own_stop(instances: tuple[Instance, ...], systemd: Mapping[str, Mapping[str, Any]]) -> tuple[Instance, ...]:
    """The chain with the user's own last link, where there is one; what is told must be what holds."""
    seconds = timeouts.seconds_of(systemd.get("Service", {}).get("TimeoutStopSec", ""))
    if seconds is None or not 0 < seconds < 1e6:
        return instances
    return tuple(replace(one, timeouts=replace(one.timeouts, stop=round(seconds))) for one in instances)


def _refuse_reload(where: str, strategy: str, source: Source, instances: Iterable[Instance]) -> None:
    if strategy != RELOAD:
        return
    if source.kind not in ("path", "none"):
        raise InputError(where, OWN_PATHS, OTHER_STRATEGIES)
    if any(instance.settings.get("preload_app") for instance in instances):
        raise InputError(where, PRELOADED, OTHER_STRATEGIES)


def _python(where: str, value: str) -> str:
    if not re.match(r"(/[^\s]*/)?python3(\.\d+)?\Z", value):
        raise InputError(
            where, f"{value!r} is not a Python 3 interpreter.", "Examples: 'python3.11', '/opt/py/bin/python3'."
        )
    return value


def _version(where: str, value: Optional[str]) -> str:
    if value and not re.match(r"\d+(\.\d+)*([a-z]+\d+)?\Z", value):
        raise InputError(where, f"{value!r} is not a version of Gunicorn.", "Example: '23.0.0'.")
    return value or ""


def _commands(where: str, commands: Iterable[str]) -> tuple[str, ...]:
    result = tuple(commands)
    for position, command in enumerate(result):
        if not command.strip() or "\0" in command:
            raise InputError(f"{where}[{position}]", "is not a command.")
    return result


def _instances(where: str, name: str, options: Mapping[str, Any]) -> tuple[Instance, ...]:
    check_settings(f"{where}.settings", with_numbers(options["settings"]))
    declared = options["instances"] or {"web": {}}
    if not options["instances"]:
        declared = {"web": {"routes": options["routes"], "bind": options["bind"]}}
    else:
        for key in ("routes", "bind"):
            if options[key]:
                raise InputError(f"{where}.{key}", "belongs to each of the instances once there are instances.")
    result = []
    for instance, given in declared.items():
        place = f"{where}.instances.{instance}"
        if not INSTANCE_NAME.match(str(instance)) or instance in RESERVED_INSTANCES:
            raise InputError(
                place,
                f"'{instance}' is not a usable instance name.",
                f"Use lower-case letters, digits and '_'; not {', '.join(RESERVED_INSTANCES)}.",
            )
        result.append(_instance(place, name, str(instance), given or {}, options))
    routed = [route for instance in result for route in instance.routes]
    for route in routed:
        if routed.count(route) > 1:
            raise InputError(f"{where}.instances", f"the route {route!r} belongs to more than one instance.")
    return tuple(result)


def _instance(where: str, app: str, name: str, given: Mapping[str, Any], options: Mapping[str, Any]) -> Instance:
    own = with_numbers(given.get("settings") or {})
    check_settings(f"{where}.settings", own)
    settings = {**with_numbers(options["settings"]), **own}
    if options["access_log"] != NONE:
        settings.setdefault("accesslog", "-")  # the journal
    routes = given.get("routes")
    if routes is None:
        routes = ["/"] if name == "web" else []
    for route in routes:
        url_prefix(f"{where}.routes", route)
    bind = given.get("bind") or f"unix:{Layout(app).socket(name)}"
    if not bind.startswith("unix:"):
        match = TCP_BIND.match(bind)
        if not match or not 0 < int(match.group(3)) < 65536:
            raise InputError(
                f"{where}.bind", f"{bind!r} is not an address.", "Example: '127.0.0.1:8000'; omit it for a unix socket."
            )
    elif given.get("bind"):
        raise InputError(
            f"{where}.bind", "the unix socket's place is chosen by the role.", "Omit it, or give 'address:port'."
        )
    instance = Instance(
        name=name,
        profile=given.get("profile") or options["profile"],
        settings=settings,
        routes=tuple(routes),
        bind=bind,
        timeouts=timeouts.chain_of(
            settings.get("timeout"), settings.get("graceful_timeout", 0), given.get("requests") or options["requests"]
        ),
        own=frozenset(own),
    )
    check_observers(f"gunicorn_apps.{app}", options, settings, instance.worker_class)
    for finding in findings(instance.facts(instance.worker_class, options["gunicorn_version"] or "")):
        if finding.severity == ERROR:
            raise InputError(instance.variable(app, finding.subject), finding.seen, finding.fix)
    return instance


def _static(where: str, app: str, static: Mapping[str, str]) -> tuple[StaticRoute, ...]:
    layout = Layout(app)
    result = []
    for url, path in static.items():
        if not url_prefix(f"{where}.{url}", url).endswith("/"):
            raise InputError(f"{where}.{url}", f"{url!r} must end with '/'.", "Example: '/static/'.")
        text = str(path)
        if not text or ".." in text.split("/") or re.search(r"[\x00-\x1f\"'\\;$]", text):
            raise InputError(f"{where}.{url}", f"{path!r} is not a usable directory.")
        text = text.replace("{shared}", layout.shared).replace("{src}", f"{layout.current}/src")
        if not text.startswith("/"):
            text = f"{layout.current}/src/{text}"
        result.append(StaticRoute(url, text.rstrip("/")))
    return tuple(result)


def _health(where: str, options: Mapping[str, Any]) -> Health:
    hosts = [str(host) for host in options["server_name"] if re.match(r"[A-Za-z0-9.-]+\Z", str(host))]
    return check_health(f"{where}.", options["health"], hosts[0] if hosts else "localhost")


def _limits(where: str, limits: Mapping[str, Any]) -> Mapping[str, Any]:
    for key in ("nofile", "nproc", "tasks_max"):
        if limits[key] is not None and limits[key] < 1:
            raise InputError(f"{where}.{key}", f"{limits[key]} must be at least 1.")
    for key in ("memory_high", "memory_max"):
        parse_size(f"{where}.{key}", limits[key])
    if limits["memory_high"] and limits["memory_max"]:
        high, most = (parse_size(where, limits[key]) for key in ("memory_high", "memory_max"))
        if high > most:
            raise InputError(
                f"{where}.memory_high", f"{limits['memory_high']} is above memory_max ({limits['memory_max']})."
            )
    return limits


def _systemd(where: str, sections: Mapping[str, Any], instances: Iterable[Instance]) -> Mapping[str, Mapping[str, Any]]:
    for section, directives in sections.items():
        if section not in UNIT_SECTIONS:
            raise InputError(f"{where}.{section}", "is not a section.", did_you_mean(section, UNIT_SECTIONS))
        if not isinstance(directives, Mapping):
            raise InputError(f"{where}.{section}", "must be a dictionary of directives.")
        for name, value in directives.items():
            items = value if isinstance(value, list) else [value]
            if not DIRECTIVE.match(str(name)):
                raise InputError(f"{where}.{section}.{name}", "is not a directive of systemd.")
            if name in OWNED_DIRECTIVES.get(section, {}):
                hint = OWNED_DIRECTIVES[section][name]
                raise InputError(f"{where}.{section}.{name}", "is decided by the role.", hint)
            if not all(isinstance(item, (str, int, float)) and "\n" not in str(item) for item in items):
                raise InputError(f"{where}.{section}.{name}", f"{value!r} must be text, a number, or a list of these.")
    stop = sections.get("Service", {}).get("TimeoutStopSec", "")
    why = timeouts.too_short(stop, [instance.timeouts for instance in instances])
    if why:
        raise InputError(f"{where}.Service.TimeoutStopSec", why, "Leave it out: it is a little longer then.")
    return sections


def _refuse_shared_routes(variable: str, apps: Iterable[App]) -> None:
    owners: dict[tuple[str, str], str] = {}
    binds: dict[str, str] = {}
    for app in apps:
        if app.state == "absent":
            continue
        for instance in app.instances:
            if instance.bind in binds:
                raise InputError(
                    f"{variable}.{app.name}.bind", f"{instance.bind} already belongs to {binds[instance.bind]}."
                )
            binds[instance.bind] = f"{app.name}.{instance.name}"
            for host in app.server_name:
                for route in instance.routes:
                    owner = owners.setdefault((host, route), app.name)
                    if owner != app.name:
                        raise InputError(
                            f"{variable}.{app.name}.server_name",
                            f"'{host}' with the route '{route}' already belongs to the app '{owner}'.",
                        )
