# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a worker class can serve what was found: WSGI and ASGI apps do not answer to each other's calls."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.versions import at_least
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.worker_class import (
    ASGI_APP,
    NATIVE_ASGI_SINCE,
    WSGI_APP,
    class_of,
)

WSGI, ASGI, FACTORY, OTHER, UNKNOWN = WSGI_APP, ASGI_APP, "factory", "other", "unknown"
_SPEAKS = {WSGI: "a WSGI app", ASGI: "an ASGI app"}


def serves(worker_class: str) -> str:
    """`wsgi` | `asgi`, or '' for a class whose calls are its own affair (of others, and tornado's)."""
    return class_of(worker_class).serves


def kind_problem(kind: str, target: str, worker_classes: Mapping[str, str], gunicorn: str) -> str:
    """Why these instances cannot serve the app and what to write instead, or '' where they can."""
    for instance, worker_class in worker_classes.items():
        wanted = serves(worker_class)
        if not wanted or kind in (wanted, UNKNOWN):
            continue
        if kind == FACTORY:
            return factory_problem(target)
        served = f"worker_class '{worker_class}' of instance '{instance}' serves {wanted.upper()} apps."
        if kind == OTHER:
            return (
                f"{target} can be called neither as WSGI (environ, start_response) nor as ASGI (scope, receive, send), "
                f"and {served}"
            )
        return f"{target} is {_SPEAKS[kind]}, and {served} {_instead(kind, gunicorn)}"
    if kind == FACTORY and not worker_classes:
        return factory_problem(target)
    return ""


def factory_problem(target: str) -> str:
    module, _colon, name = target.partition(":")
    name = name or "application"
    if "(" in name:  # Gunicorn takes one call, not a call of what that returns
        return f"{name} of {module} makes no app: what it returns looks like a factory itself."
    return (
        f"{name} of {module} looks like a factory: it is called without arguments and makes an app. "
        f"Write '{module}:{name}()'."
    )


def _instead(kind: str, gunicorn: str) -> str:
    if kind == WSGI:
        return "Use a class for WSGI, for example `worker_class: gthread` (`profile: mixed`)."
    if at_least(gunicorn, NATIVE_ASGI_SINCE):
        return "Use a class for ASGI, for example `worker_class: asgi` (`profile: realtime`)."
    return (
        "Use a class for ASGI: `worker_class: uvicorn_worker.UvicornWorker`, or Gunicorn "
        f"{NATIVE_ASGI_SINCE} or newer with its own `asgi`."
    )
