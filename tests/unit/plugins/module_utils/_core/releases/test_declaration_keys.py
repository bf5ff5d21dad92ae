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
        pytest.param({}, "5ac546b4978d8a7d", id="default"),
        pytest.param({"profile": "cpu"}, "3dbf8bb0fee1aaf0", id="cpu"),
        pytest.param({"profile": "io"}, "40be59dae5ad3ae4", id="io"),
        pytest.param({"profile": "realtime"}, "3434a720a1ae4edd", id="realtime"),
        pytest.param({"settings": {"worker_class": "sync"}}, "c134cfcab7f32bc9", id="sync"),
        pytest.param({"settings": {"worker_class": "gthread"}}, "2a8f0e70e4f73b39", id="gthread"),
        pytest.param(
            {"settings": {"worker_class": "gthread", "threads": 8, "worker_connections": 5000}},
            "c04634fd4e8a88cf",
            id="threads",
        ),
        pytest.param({"settings": {"worker_class": "gevent"}}, "c026070192b96aa2", id="gevent"),
        pytest.param(
            {"settings": {"worker_class": "gunicorn.workers.ggevent.GeventWorker"}},
            "0264927c7be8a78f",
            id="gevent by its path",
        ),
        pytest.param({"settings": {"worker_class": "tornado"}}, "46c1c9dfc7a76b19", id="tornado"),
        pytest.param({"settings": {"worker_class": "asgi"}}, "3e8f152558069be3", id="asgi"),
        pytest.param(
            {"settings": {"worker_class": "gunicorn.workers.gasgi.ASGIWorker"}},
            "1f5e3d1b8708fd13",
            id="asgi by its path",
        ),
        pytest.param(
            {"settings": {"worker_class": "uvicorn_worker.UvicornWorker"}}, "4954a159dd38e108", id="uvicorn-worker"
        ),
        pytest.param({"settings": {"worker_class": "uvicorn.workers.UvicornWorker"}}, "a2cedca75d836493", id="uvicorn"),
        pytest.param({"settings": {"worker_class": "shop.workers.Own"}}, "b6f7632fee0f38c3", id="own class"),
        pytest.param(
            {"profile": "cpu", "settings": {"threads": 4}}, "2acfaa6d2e55fbcb", id="sync that becomes gthread"
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
            "3e827907a9f2af97",
            id="all kinds of options",
        ),
        pytest.param(
            {"instances": {"web": {"profile": "io"}, "stream": {"profile": "realtime", "routes": ["/events/"]}}},
            "6ceac121b8b146bf",
            id="two instances",
        ),
    ],
)
def test_release_key(
    make_app: Callable[..., App], declare: Callable[..., Declaration], options: dict[str, Any], key: str
) -> None:
    assert declare(make_app(**options)).release_key == key
