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
        pytest.param({}, "8bfa23ea55a4b736", id="default"),
        pytest.param({"profile": "cpu"}, "5e927fa11f25d329", id="cpu"),
        pytest.param({"profile": "io"}, "d742b8d56f62f507", id="io"),
        pytest.param({"profile": "realtime"}, "390758225d12e9b4", id="realtime"),
        pytest.param({"settings": {"worker_class": "sync"}}, "275103a34fbf6347", id="sync"),
        pytest.param({"settings": {"worker_class": "gthread"}}, "111b3cf421963cad", id="gthread"),
        pytest.param(
            {"settings": {"worker_class": "gthread", "threads": 8, "worker_connections": 5000}},
            "6c1a86daf55e935c",
            id="threads",
        ),
        pytest.param({"settings": {"worker_class": "gevent"}}, "d8cce21a89e1fb6c", id="gevent"),
        pytest.param(
            {"settings": {"worker_class": "gunicorn.workers.ggevent.GeventWorker"}},
            "36921c48e2d47667",
            id="gevent by its path",
        ),
        pytest.param({"settings": {"worker_class": "tornado"}}, "e9dc62f8dc6e4bde", id="tornado"),
        pytest.param({"settings": {"worker_class": "asgi"}}, "78f88bf622ab6d9e", id="asgi"),
        pytest.param(
            {"settings": {"worker_class": "gunicorn.workers.gasgi.ASGIWorker"}},
            "95555ab36c4c47d4",
            id="asgi by its path",
        ),
        pytest.param(
            {"settings": {"worker_class": "uvicorn_worker.UvicornWorker"}}, "4e1094925b2f12b1", id="uvicorn-worker"
        ),
        pytest.param({"settings": {"worker_class": "uvicorn.workers.UvicornWorker"}}, "448b17a8dd2767cf", id="uvicorn"),
        pytest.param({"settings": {"worker_class": "shop.workers.Own"}}, "786d45b77831ae10", id="own class"),
        pytest.param(
            {"profile": "cpu", "settings": {"threads": 4}}, "e3115d14e6b87611", id="sync that becomes gthread"
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
            "f1742b1d4b9df7ee",
            id="all kinds of options",
        ),
        pytest.param(
            {"instances": {"web": {"profile": "io"}, "stream": {"profile": "realtime", "routes": ["/events/"]}}},
            "b451a73fdc21b52c",
            id="two instances",
        ),
    ],
)
def test_release_key(
    make_app: Callable[..., App], declare: Callable[..., Declaration], options: dict[str, Any], key: str
) -> None:
    assert declare(make_app(**options)).release_key == key
