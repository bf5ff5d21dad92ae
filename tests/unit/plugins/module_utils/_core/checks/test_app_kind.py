# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which worker classes can serve which kinds of app."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.app_kind import (
    ASGI,
    FACTORY,
    OTHER,
    UNKNOWN,
    WSGI,
    factory_problem,
    kind_problem,
    serves,
)

TARGET = "shop.wsgi:application"
NATIVE, FOREIGN = "worker_class: asgi", "uvicorn_worker.UvicornWorker"


@pytest.mark.parametrize(
    ("worker_class", "expected"),
    [
        ("sync", WSGI),
        ("gthread", WSGI),
        ("gevent", WSGI),
        ("gevent_wsgi", WSGI),
        ("gevent_pywsgi", WSGI),
        ("eventlet", WSGI),
        ("gunicorn.workers.sync.SyncWorker", WSGI),
        ("gunicorn.workers.gthread.ThreadWorker", WSGI),
        ("gunicorn.workers.ggevent.GeventWorker", WSGI),
        ("gunicorn.workers.geventlet.EventletWorker", WSGI),
        ("asgi", ASGI),
        ("gunicorn.workers.gasgi.ASGIWorker", ASGI),
        ("uvicorn_worker.UvicornWorker", ASGI),
        ("uvicorn.workers.UvicornH11Worker", ASGI),
        pytest.param(" GThread ", WSGI, id="case and spaces"),
        pytest.param("tornado", "", id="tornado's own calls"),
        pytest.param("gunicorn.workers.gtornado.TornadoWorker", "", id="tornado by its path"),
        pytest.param("shop.workers.Worker", "", id="a class of the app's own"),
        pytest.param("sync_pool.Worker", "", id="begins like a known class"),
        pytest.param("asgi_tools.Worker", "", id="begins like asgi"),
        pytest.param("my.uvicorn_worker.Worker", "", id="ends like uvicorn's"),
        pytest.param("", "", id="none"),
    ],
)
def test_serves(worker_class: str, expected: str) -> None:
    assert serves(worker_class) == expected


@pytest.mark.parametrize(
    ("kind", "worker_classes"),
    [
        pytest.param(WSGI, {"web": "gthread"}, id="WSGI"),
        pytest.param(ASGI, {"web": "asgi"}, id="ASGI"),
        pytest.param(UNKNOWN, {"web": "sync"}, id="nobody can tell"),
        pytest.param(UNKNOWN, {}, id="nobody can tell, no worker"),
        pytest.param(WSGI, {}, id="WSGI, no worker"),
        pytest.param(OTHER, {}, id="other, no worker"),
        pytest.param(ASGI, {"web": "tornado"}, id="a class that decides for itself"),
        pytest.param(FACTORY, {"web": "shop.workers.Worker"}, id="a class that may call a factory"),
    ],
)
def test_fits(kind: str, worker_classes: dict[str, str]) -> None:
    assert kind_problem(kind, TARGET, worker_classes, "23.0.0") == ""


@pytest.mark.parametrize(
    ("kind", "worker_classes", "named"),
    [
        pytest.param(ASGI, {"web": "gthread"}, ["ASGI", "'gthread'", "'web'", "WSGI"], id="ASGI under WSGI"),
        pytest.param(WSGI, {"web": "asgi"}, ["WSGI", "'asgi'", "'web'", "ASGI", "worker_class: gthread"], id="WSGI"),
        pytest.param(
            ASGI, {"web": "asgi", "api": "sync", "slow": "gevent"}, ["'sync'", "'api'"], id="the first that cannot"
        ),
        pytest.param(ASGI, {"own": "tornado", "api": "sync"}, ["'sync'", "'api'"], id="after one that decides itself"),
        pytest.param(OTHER, {"web": "asgi"}, ["(environ, start_response)", "(scope, receive, send)"], id="neither"),
        pytest.param(FACTORY, {"web": "sync"}, ["factory", "'shop.wsgi:application()'"], id="factory"),
        pytest.param(FACTORY, {}, ["factory", "'shop.wsgi:application()'"], id="factory, no worker"),
    ],
)
def test_does_not_fit(kind: str, worker_classes: dict[str, str], named: list[str]) -> None:
    problem = kind_problem(kind, TARGET, worker_classes, "23.0.0")
    assert [part for part in named if part not in problem] == []


@pytest.mark.parametrize(
    ("gunicorn", "native"),
    [
        ("20.1.0", False),
        pytest.param("23.99", False, id="the last without"),
        pytest.param("24", True, id="the first with"),
        ("25.1.0", True),
        pytest.param("", True, id="not known: taken as the newest"),
    ],
)
def test_a_class_for_asgi_that_this_gunicorn_has(gunicorn: str, native: bool) -> None:
    problem = kind_problem(ASGI, TARGET, {"web": "sync"}, gunicorn)
    assert (NATIVE in problem) is native
    assert (FOREIGN in problem) is not native


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("shop:create_app", "'shop:create_app()'"),
        pytest.param("shop.wsgi", "'shop.wsgi:application()'", id="Gunicorn's own default"),
    ],
)
def test_a_factory_is_to_be_called(target: str, expected: str) -> None:
    assert expected in factory_problem(target)


@pytest.mark.parametrize("target", ["shop:create_app()", "shop:create_app('production')"])
def test_a_factory_that_makes_a_factory(target: str) -> None:
    """Gunicorn reads one pair of brackets and refuses a second."""
    problem = factory_problem(target)
    assert target.partition(":")[2] in problem
    assert ")()" not in problem
