# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys of ordinary declarations. Where one changes, every host makes a new release of such an app and restarts it,
though nobody has declared anything new: change a key here only for a reason that is worth that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.declaration import Declaration


@pytest.mark.parametrize(
    ("options", "key"),
    [
        pytest.param({}, "82519046896b96e6", id="default"),
        pytest.param({"profile": "cpu"}, "6dcc8896273480b7", id="cpu"),
        pytest.param({"profile": "io"}, "6eda99a5a5292a7c", id="io"),
        pytest.param({"profile": "realtime"}, "33e059643c315981", id="realtime"),
        pytest.param({"settings": {"worker_class": "sync"}}, "27bc00408f83e131", id="sync"),
        pytest.param({"settings": {"worker_class": "gthread"}}, "f18f90a752c194c2", id="gthread"),
        pytest.param(
            {"settings": {"worker_class": "gthread", "threads": 8, "worker_connections": 5000}},
            "c284c81b325741d5",
            id="threads",
        ),
        pytest.param({"settings": {"worker_class": "gevent"}}, "5c714af579e5e6b0", id="gevent"),
        pytest.param(
            {"settings": {"worker_class": "gunicorn.workers.ggevent.GeventWorker"}},
            "f40085eebcfc950f",
            id="gevent by its path",
        ),
        pytest.param({"settings": {"worker_class": "tornado"}}, "c903d5c7a4f929f5", id="tornado"),
        pytest.param({"settings": {"worker_class": "asgi"}}, "2959796cd29effbd", id="asgi"),
        pytest.param(
            {"settings": {"worker_class": "gunicorn.workers.gasgi.ASGIWorker"}},
            "82dce6cffdcfc033",
            id="asgi by its path",
        ),
        pytest.param(
            {"settings": {"worker_class": "uvicorn_worker.UvicornWorker"}}, "9cdd40496e9b6ef8", id="uvicorn-worker"
        ),
        pytest.param({"settings": {"worker_class": "uvicorn.workers.UvicornWorker"}}, "b48201a3e17681cb", id="uvicorn"),
        pytest.param({"settings": {"worker_class": "shop.workers.Own"}}, "f93d8f1913096818", id="own class"),
        pytest.param(
            {"profile": "cpu", "settings": {"threads": 4}}, "9c339f77d9e83e25", id="sync that becomes gthread"
        ),
        pytest.param(
            {
                "source": {"git": "https://h/x.git", "version": "v1"},
                "env": {"A": "1", "B": "é"},
                "secret_names": ["TOKEN"],
                "build": ["make"],
                "release": ["migrate"],
                "gunicorn_version": "23.0.0",
                "bind": "127.0.0.1:8000",
                "limits": {"memory_max": "2G", "tasks_max": 99},
                "systemd": {"Service": {"Nice": 5}},
                "access_log": "json",
                "log_memory": True,
                "settings": {"timeout": 60, "max_requests": 1000},
            },
            "65d5091235dda149",
            id="all kinds of options",
        ),
        pytest.param(
            {"instances": {"web": {"profile": "io"}, "stream": {"profile": "realtime", "routes": ["/events/"]}}},
            "aa4418da5f96fc9a",
            id="two instances",
        ),
    ],
)
def test_release_key(
    make_app: Callable[..., App], declare: Callable[..., Declaration], options: dict[str, Any], key: str
) -> None:
    assert declare(make_app(**options)).release_key == key
