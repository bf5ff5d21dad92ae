# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a worker class can serve the imported callable: WSGI and ASGI apps have different calling conventions."""

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
    """Return `wsgi` or `asgi`, or '' for a class that defines its own interface (tornado, and unknown classes)."""
    return class_of(worker_class).serves


def kind_problem(kind: str, target: str, worker_classes: Mapping[str, str], gunicorn: str) -> str:
    """Return why these instances cannot serve the app and what to declare instead; '' if they can."""
    for instance, worker_class in worker_classes.items():
        served_kind = serves(worker_class)
        if not served_kind or kind in (served_kind, UNKNOWN):
            continue
        if kind == FACTORY:
            return factory_problem(target)
        served = f"worker_class '{worker_class}' of instance '{instance}' serves {served_kind.upper()} apps."
        if kind == OTHER:
            return (
                f"{target} accepts neither the WSGI arguments (environ, start_response) nor the ASGI arguments "
                f"(scope, receive, send), but {served}"
            )
        return f"{target} is {_SPEAKS[kind]}, but {served} {_instead(kind, gunicorn)}"
    if kind == FACTORY and not worker_classes:
        return factory_problem(target)
    return ""


def factory_problem(target: str) -> str:
    """Return how to declare a target that is an app factory, not an app."""
    module, _colon, name = target.partition(":")
    name = name or "application"
    if "(" in name:  # Gunicorn takes one call, not a call of what that returns
        return f"{name} of {module} does not return an app: its return value looks like another factory."
    return (
        f"{name} of {module} looks like an app factory: it takes no arguments and returns an app. "
        f"Write '{module}:{name}()'."
    )


def _instead(kind: str, gunicorn: str) -> str:
    if kind == WSGI:
        return "Use a WSGI worker class, for example `worker_class: gthread` (`profile: mixed`)."
    if at_least(gunicorn, NATIVE_ASGI_SINCE):
        return "Use an ASGI worker class, for example `worker_class: asgi` (`profile: realtime`)."
    return (
        "Use an ASGI worker class: `worker_class: uvicorn_worker.UvicornWorker`, or `asgi` with Gunicorn "
        f"{NATIVE_ASGI_SINCE} or newer."
    )
