# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The door of the module gunicorn_health: check the health of a deployed app, a URL or a socket."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import Failure, HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import ROOT
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.options import (
    check_socket,
    choose_instance,
    overridden,
    parse_url,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.validate import (
    check_health,
    check_request_headers,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import Manifest, ManifestError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.health.ask import FORWARDED, Tls, wait_healthy
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import Options
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import (
    current_release,
    find_app,
    read_manifest,
    secrets_of,
)


@dataclass(frozen=True)
class Endpoint:
    """Where to send the request, the request itself, and the endpoint's name for messages."""

    name: str
    bind: str
    tls: bool
    trusted: bool
    health: Health
    headers: Mapping[str, str]


def run(options: Options, _check_mode: bool, root: str = ROOT) -> Result:
    """Ask until the endpoint is healthy; the module fails if it is not, or if an option is wrong."""
    sent: dict[str, str] = {}
    try:
        sent = check_request_headers("request_headers", options["request_headers"] or {})
        target = _target(options, root)
        attempts = _attempts(options["attempts"])
        answer = wait_healthy(
            target.bind, target.health, lambda: "", _tls(target, options), {**target.headers, **sent}, attempts
        )
    except (InputError, HostError) as exc:
        return Result(failure=exc.failure, secrets=[*_hidden(sent), *_secrets_of_app(options, root)])
    values = {
        "status": answer.status,
        "seconds": answer.seconds,
        "attempts": answer.attempts,
        "seen": answer.seen,
    }
    failure = None if answer.healthy else Failure(f"{target.name} failed its health check.", answer.seen)
    return Result(values, failure=failure, secrets=[*_hidden(sent), *_secrets_of_app(options, root)])


def _attempts(given: Optional[int]) -> int:
    if given is not None and given < 1:
        raise InputError("attempts", f"must be at least 1, not {given}.", "Omit it to ask until `within` is over.")
    return given or 0


def _target(options: Mapping[str, Any], root: str) -> Endpoint:
    if options["url"]:
        url = parse_url("url", options["url"])
        health = check_health("", overridden({**options, "path": url.path}, {}), url.host)
        return Endpoint(options["url"], url.bind, url.tls, False, health, {})
    if options["socket"]:
        bind = check_socket("socket", options["socket"])
        health = check_health("", overridden(options, {}), "localhost")
        return Endpoint(options["socket"], bind, False, True, health, FORWARDED)
    return _deployed(options, root)


def _deployed(options: Mapping[str, Any], root: str) -> Endpoint:
    """Return the endpoint of an app: its current release has the socket and the request."""
    app = options["app"]
    manifest = _manifest(app, root)
    name = choose_instance("instance", app, options["instance"] or "", manifest.instances)
    instance = manifest.instances[name]
    base = asdict(manifest.health)
    return Endpoint(
        name=f"{app} ({name})",
        bind=instance.bind,
        tls=instance.tls,
        trusted=True,
        health=check_health("", overridden(options, base), base["host"]),
        headers=FORWARDED,
    )


def _manifest(app: str, root: str) -> Manifest:
    layout = find_app(app, root)
    try:
        return read_manifest(layout, current_release(layout.current))
    except PermissionError as exc:
        raise HostError(f"the manifest of {app} is only readable by root. Use `become`.", str(exc)) from exc
    except ManifestError as exc:
        why = f"{layout.current}/manifest.json: {exc}."
        raise HostError(f"the current release of {app} has no usable manifest.", why) from exc
    except OSError as exc:
        raise HostError(f"the current release of {app} has no usable manifest.", str(exc)) from exc


def _tls(target: Endpoint, options: Mapping[str, Any]) -> Tls:
    """Return how to use TLS. By default a certificate is verified unless the socket itself is trusted."""
    validate, ca_path = options["validate_certs"], options["ca_path"]
    for option, given in (("validate_certs", validate is not None), ("ca_path", bool(ca_path))):
        if given and not target.tls:
            raise InputError(option, f"has no effect: {target.name} does not use TLS.")
    if ca_path and validate is False:
        raise InputError("ca_path", "has no effect with `validate_certs: false`.", "Remove one of them.")
    if validate is None:
        validate = bool(ca_path) or not target.trusted
    if not target.tls or not validate:
        return target.tls
    try:
        if ca_path and os.path.isdir(ca_path):
            return ssl.create_default_context(capath=ca_path)
        return ssl.create_default_context(cafile=ca_path or None)
    except OSError as exc:
        hint = "Use a file or directory of PEM certificates."
        raise InputError("ca_path", f"{ca_path!r} cannot be used: {exc}.", hint) from exc


def _secrets_of_app(options: Mapping[str, Any], root: str) -> list[str]:
    """Return what the app keeps secret: a page of it, or an error, may show its environment."""
    try:
        return secrets_of(find_app(options["app"], root)) if options["app"] else []
    except (InputError, OSError):  # there is no such app, or only root can read about it: then nothing was asked
        return []


def _hidden(sent: Mapping[str, str]) -> list[str]:
    """Return the values to mask: a response may repeat what was sent, with or without its scheme ("Bearer …")."""
    return [part for value in sent.values() for part in (value, value.split(" ")[-1])]
