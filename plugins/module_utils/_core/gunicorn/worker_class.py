# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The worker classes that this collection knows and what each of them does, in a single table.

Only Gunicorn's aliases and the modules named here count as known classes. `sync_pool.Worker` is a custom class,
whatever its name begins with.
"""

from __future__ import annotations

from dataclasses import dataclass

SYNC, GTHREAD, GEVENT, TORNADO = "sync", "gthread", "gevent", "tornado"
ASGI, UVICORN, OTHER = "asgi", "uvicorn", "other"
WSGI_APP, ASGI_APP = "wsgi", "asgi"
ONE, LIMITED, UNLIMITED = "one", "worker_connections", "unlimited"
DEFAULT_CONNECTIONS = 1000  # Gunicorn's own default of worker_connections
NATIVE_ASGI_SINCE = "24"
ASYNCIO_QUEUE = 100


@dataclass(frozen=True)
class WorkerClass:
    """The defaults describe an unknown class: nothing is assumed about it, and no setting is withheld from it."""

    family: str
    aliases: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    serves: str = ""  # WSGI_APP | ASGI_APP; '' if it depends on the class
    has_threads: bool = False
    connections: str = UNLIMITED  # how many a worker holds: ONE, LIMITED by worker_connections, or UNLIMITED
    writes_connections: bool = True  # whether the settings file has worker_connections even when it is not declared
    keeps_alive: bool = True  # whether a connection outlives its request, so that nginx can keep some open
    extra: str = ""  # of the package gunicorn
    package: str = ""  # to install in addition to gunicorn
    closes_unread: bool = False  # closes connections with unread requests when it stops; see uvicorn_drain
    own_access_log: bool = False  # writes it itself, so Gunicorn's access log settings have no effect
    queue: int = 0  # listen queue length that the class sets, whatever `backlog` says; 0: it does not set one
    removed: str = ""  # in which version, and what to use instead; '' if Gunicorn still has the class


# Tornado, uvicorn and asgi do not read worker_connections. It is written for them anyway: leaving it out would create a
# new release of every app that runs with one of them.
_KNOWN = (
    WorkerClass(
        SYNC,
        ("sync",),
        ("gunicorn.workers.sync.",),
        serves=WSGI_APP,
        connections=ONE,
        writes_connections=False,
        keeps_alive=False,
    ),
    WorkerClass(
        GTHREAD,
        ("gthread",),
        ("gunicorn.workers.gthread.",),
        serves=WSGI_APP,
        has_threads=True,
        connections=LIMITED,
        writes_connections=False,
    ),
    WorkerClass(
        GEVENT,
        ("gevent", "gevent_wsgi", "gevent_pywsgi"),
        ("gunicorn.workers.ggevent.",),
        serves=WSGI_APP,
        connections=LIMITED,
        extra="gevent",
    ),
    # Its package requires gevent by itself.
    WorkerClass(GEVENT, modules=("geventwebsocket.gunicorn.workers.",), connections=LIMITED),
    WorkerClass(TORNADO, ("tornado",), ("gunicorn.workers.gtornado.",), extra="tornado"),
    WorkerClass(ASGI, ("asgi",), ("gunicorn.workers.gasgi.",), serves=ASGI_APP, queue=ASYNCIO_QUEUE),
    WorkerClass(
        UVICORN,
        modules=("uvicorn_worker.",),
        serves=ASGI_APP,
        package="uvicorn-worker",
        closes_unread=True,
        own_access_log=True,
    ),
    WorkerClass(
        UVICORN,
        modules=("uvicorn.workers.",),
        serves=ASGI_APP,
        package="uvicorn",
        closes_unread=True,
        own_access_log=True,
    ),
    WorkerClass(
        OTHER,
        ("eventlet",),
        ("gunicorn.workers.geventlet.",),
        serves=WSGI_APP,
        removed="It was removed in Gunicorn 26.0. Use 'gevent' or 'gthread'.",
    ),
    WorkerClass(
        OTHER,
        ("gaiohttp",),
        ("gunicorn.workers.gaiohttp.",),
        removed="It was removed in Gunicorn 20.0. Use 'asgi' (Gunicorn ≥ 24) or 'uvicorn_worker.UvicornWorker'.",
    ),
)
_UNKNOWN = WorkerClass(OTHER)
# A custom class whose path contains the name of one of these modules inherits from it, and has the same requirements.
_NAMED_AFTER = {
    "ggevent": WorkerClass(OTHER, extra="gevent"),
    "gtornado": WorkerClass(OTHER, extra="tornado"),
}
_BY_ALIAS = {alias: known for known in _KNOWN for alias in known.aliases}
_GTHREAD = _BY_ALIAS["gthread"]


def class_of(name: str) -> WorkerClass:
    """Return the class by its alias or dotted path. Space around it and its case are ignored here."""
    name = name.strip().lower()
    if name in _BY_ALIAS:
        return _BY_ALIAS[name]
    known = next((one for one in _KNOWN if name.startswith(one.modules)), None)
    return known or next((own for word, own in _NAMED_AFTER.items() if word in name), _UNKNOWN)


def running_class(name: str, threads: int) -> WorkerClass:
    """Return the class that Gunicorn actually uses: gthread instead of sync if there is more than one thread."""
    declared = class_of(name)
    return _GTHREAD if declared.family == SYNC and threads > 1 else declared


def why_removed(name: str) -> str:
    """Return when an alias was removed from Gunicorn and what to use instead; '' if it was not.

    A dotted path is left to the installed Gunicorn, which may be old enough to have the class.
    """
    known = class_of(name)
    return known.removed if name.strip().lower() in known.aliases else ""
