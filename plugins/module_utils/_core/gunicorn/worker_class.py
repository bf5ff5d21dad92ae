# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The worker classes that this collection knows, and what each of them does: one table for all who ask.

Only Gunicorn's aliases and the modules named here count as a known class. `sync_pool.Worker` is a class of somebody's
own, whatever its name begins with.
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
    """Defaults are those of a class that is not known: nothing is promised for it, and nothing is taken from it."""

    family: str
    aliases: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    serves: str = ""  # WSGI_APP | ASGI_APP; '' where it depends on the class
    has_threads: bool = False
    connections: str = UNLIMITED  # how many a worker holds: ONE, LIMITED by worker_connections, or UNLIMITED
    writes_connections: bool = True  # whether worker_connections is in the settings file without being declared
    keeps_alive: bool = True  # whether a connection outlives its request, so that nginx can keep some open
    extra: str = ""  # of the package gunicorn
    package: str = ""  # besides gunicorn
    closes_unread: bool = False  # at its end, connections whose request has been sent but not read; see uvicorn_drain
    own_access_log: bool = False  # writes it itself, so Gunicorn's settings for it do nothing
    queue: int = 0  # length of the listen queue that the class sets, whatever `backlog` says; 0: it sets none
    gone: str = ""  # since when, and what to use instead


# Tornado, uvicorn and asgi do not read worker_connections. It is written for them all the same: leaving it out would
# make a new release of every app that runs with one of them.
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
        gone="It left Gunicorn in 26.0. Use 'gevent' or 'gthread'.",
    ),
    WorkerClass(
        OTHER,
        ("gaiohttp",),
        ("gunicorn.workers.gaiohttp.",),
        gone="It left Gunicorn in 20.0. Use 'asgi' (Gunicorn ≥ 24) or 'uvicorn_worker.UvicornWorker'.",
    ),
)
_UNKNOWN = WorkerClass(OTHER)
# A class of somebody's own that carries the name of one of these modules inherits from it, and needs what it needs.
_NAMED_AFTER = {
    "ggevent": WorkerClass(OTHER, extra="gevent"),
    "gtornado": WorkerClass(OTHER, extra="tornado"),
}
_BY_ALIAS = {alias: known for known in _KNOWN for alias in known.aliases}
_GTHREAD = _BY_ALIAS["gthread"]


def class_of(name: str) -> WorkerClass:
    """The class by its alias or its dotted path. Gunicorn strips the name, and judges its case by itself later."""
    name = name.strip().lower()
    if name in _BY_ALIAS:
        return _BY_ALIAS[name]
    known = next((one for one in _KNOWN if name.startswith(one.modules)), None)
    return known or next((own for word, own in _NAMED_AFTER.items() if word in name), _UNKNOWN)


def running_class(name: str, threads: int) -> WorkerClass:
    """The class that Gunicorn really takes: gthread instead of sync where there is more than one thread."""
    declared = class_of(name)
    return _GTHREAD if declared.family == SYNC and threads > 1 else declared


def why_gone(name: str) -> str:
    """Since when Gunicorn has no such alias, and what to use instead; '' where it has.

    A dotted path is left for the installed Gunicorn to judge, which may be old enough to have it.
    """
    known = class_of(name)
    return known.gone if name.strip().lower() in known.aliases else ""
