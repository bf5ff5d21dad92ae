# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each worker class does, and that all who ask get one answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.sites import site_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.worker_class import (
    ASGI,
    ASGI_APP,
    GEVENT,
    GTHREAD,
    LIMITED,
    ONE,
    OTHER,
    SYNC,
    TORNADO,
    UNLIMITED,
    UVICORN,
    WSGI_APP,
    class_of,
    running_class,
    why_removed,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.gunicorn_conf import compose
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import Host, size

Make = Callable[..., App]
THREAD_WORKER = "gunicorn.workers.gthread.ThreadWorker"
SYNC_WORKER = "gunicorn.workers.sync.SyncWorker"


@pytest.mark.parametrize(
    ("name", "family", "serves", "connections"),
    [
        ("sync", SYNC, WSGI_APP, ONE),
        (SYNC_WORKER, SYNC, WSGI_APP, ONE),
        ("gthread", GTHREAD, WSGI_APP, LIMITED),
        (THREAD_WORKER, GTHREAD, WSGI_APP, LIMITED),
        ("gevent", GEVENT, WSGI_APP, LIMITED),
        ("gevent_wsgi", GEVENT, WSGI_APP, LIMITED),
        ("gevent_pywsgi", GEVENT, WSGI_APP, LIMITED),
        ("gunicorn.workers.ggevent.GeventWorker", GEVENT, WSGI_APP, LIMITED),
        ("geventwebsocket.gunicorn.workers.GeventWebSocketWorker", GEVENT, "", LIMITED),
        ("tornado", TORNADO, "", UNLIMITED),
        ("gunicorn.workers.gtornado.TornadoWorker", TORNADO, "", UNLIMITED),
        ("asgi", ASGI, ASGI_APP, UNLIMITED),
        ("gunicorn.workers.gasgi.ASGIWorker", ASGI, ASGI_APP, UNLIMITED),
        ("uvicorn_worker.UvicornWorker", UVICORN, ASGI_APP, UNLIMITED),
        ("uvicorn.workers.UvicornH11Worker", UVICORN, ASGI_APP, UNLIMITED),
        ("gunicorn.workers.geventlet.EventletWorker", OTHER, WSGI_APP, UNLIMITED),
        ("shop.workers.Own", OTHER, "", UNLIMITED),
        ("aiohttp.GunicornWebWorker", OTHER, "", UNLIMITED),
        pytest.param(" gthread ", GTHREAD, WSGI_APP, LIMITED, id="Gunicorn strips it"),
        pytest.param("GThread", GTHREAD, WSGI_APP, LIMITED, id="Gunicorn refuses it later"),
        pytest.param("sync_pool.Worker", OTHER, "", UNLIMITED, id="own class: sync_pool"),
        pytest.param("gthread_pool.Worker", OTHER, "", UNLIMITED, id="own class: gthread_pool"),
        pytest.param("gevent_pool.Worker", OTHER, "", UNLIMITED, id="own class: gevent_pool"),
        pytest.param("uvicorn_pool.Worker", OTHER, "", UNLIMITED, id="own class: uvicorn_pool"),
        pytest.param("asgi_pool.Worker", OTHER, "", UNLIMITED, id="own class: asgi_pool"),
    ],
)
def test_class_of(name: str, family: str, serves: str, connections: str) -> None:
    found = class_of(name)
    assert (found.family, found.serves, found.connections) == (family, serves, connections)


@pytest.mark.parametrize(
    ("name", "extra", "package"),
    [
        ("sync", "", ""),
        ("gevent_wsgi", "gevent", ""),
        ("gunicorn.workers.gtornado.TornadoWorker", "tornado", ""),
        ("uvicorn_worker.UvicornWorker", "", "uvicorn-worker"),
        ("uvicorn.workers.UvicornWorker", "", "uvicorn"),
        pytest.param("shop.ggevent_workers.Own", "gevent", "", id="inherits from Gunicorn's"),
        pytest.param("shop.gtornado_workers.Own", "tornado", "", id="inherits from Gunicorn's, tornado"),
        ("gevent_pool.Worker", "", ""),
    ],
)
def test_what_a_class_needs(name: str, extra: str, package: str) -> None:
    assert (class_of(name).extra, class_of(name).package) == (extra, package)


@pytest.mark.parametrize(
    ("name", "threads", "family"),
    [
        ("sync", 1, SYNC),
        ("sync", 4, GTHREAD),
        (SYNC_WORKER, 4, GTHREAD),
        ("gevent", 4, GEVENT),
        ("sync_pool.Worker", 4, OTHER),
    ],
)
def test_class_that_gunicorn_really_takes(name: str, threads: int, family: str) -> None:
    assert running_class(name, threads).family == family


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("eventlet", "removed in Gunicorn 26.0"),
        (" gaiohttp", "removed in Gunicorn 20.0"),
        ("sync", ""),
        ("shop.workers.Own", ""),
        pytest.param("gunicorn.workers.geventlet.EventletWorker", "", id="an old Gunicorn may have it"),
    ],
)
def test_why_removed(name: str, said: str) -> None:
    assert said in why_removed(name)
    assert bool(why_removed(name)) == bool(said)


@pytest.mark.parametrize(
    ("name", "threads", "connections", "nofile"),
    [
        ("gthread", 4, 0, 8192),
        pytest.param(THREAD_WORKER, 4, 0, 8192, id="gthread by its path has the profile's threads"),
        ("sync", 1, 0, 8192),
        pytest.param(SYNC_WORKER, 1, 0, 8192, id="sync by its path has no worker_connections"),
        pytest.param("sync_pool.Worker", 1, 1000, 65536, id="a class of somebody's own is not sync"),
    ],
)
def test_one_class_is_sized_in_one_way(name: str, threads: int, connections: int, nofile: int, host: Host) -> None:
    found = size("mixed", host, settings={"worker_class": name})
    assert (found.threads, found.connections, found.nofile) == (threads, connections, nofile)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("gthread", {"threads": 4}),
        (THREAD_WORKER, {"threads": 4}),
        ("sync", {}),
        (SYNC_WORKER, {}),
        ("gevent", {"worker_connections": 1000}),
        ("sync_pool.Worker", {"worker_connections": 1000}),
    ],
)
def test_settings_file(name: str, written: dict[str, int], make_app: Make, host: Host) -> None:
    app = make_app(settings={"worker_class": name})
    sizing = size("mixed", host, settings={"worker_class": name})
    settings = {one.name: one.value for one in compose(app, app.instances[0], sizing, "/dev/shm", "23.0.0")}
    assert {key: settings[key] for key in ("threads", "worker_connections") if key in settings} == written


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"profile": "cpu"}, 0, id="sync by its profile"),
        pytest.param({"settings": {"worker_class": "sync"}}, 0, id="sync"),
        pytest.param({"settings": {"worker_class": SYNC_WORKER}}, 0, id="sync by its path"),
        pytest.param({"profile": "cpu", "settings": {"threads": 4}}, 8, id="sync with threads is gthread"),
        pytest.param({}, 8, id="gthread"),
        pytest.param({"profile": "realtime"}, 8, id="asgi"),
        pytest.param({"settings": {"worker_class": "tornado"}}, 8, id="tornado"),
        pytest.param({"settings": {"worker_class": "sync_pool.Worker"}}, 8, id="own class"),
    ],
)
def test_nginx_keeps_connections_only_where_the_worker_does(
    options: dict[str, Any], expected: int, make_app: Make
) -> None:
    site = site_of("gunicorn_apps.shop", make_app(proxy={"keepalive": 8}, **options))
    assert [upstream.keepalive for upstream in site.upstreams] == [expected]
