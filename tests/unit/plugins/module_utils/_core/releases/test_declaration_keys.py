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
        pytest.param({}, "5bb59cb44b86fb74", id="default"),
        pytest.param({"profile": "cpu"}, "49ee1725712aca70", id="cpu"),
        pytest.param({"profile": "io"}, "339bcd763ec8c988", id="io"),
        pytest.param({"profile": "realtime"}, "07ec46ea14d0c28f", id="realtime"),
        pytest.param({"settings": {"worker_class": "sync"}}, "cd2f69230121af03", id="sync"),
        pytest.param({"settings": {"worker_class": "gthread"}}, "6a6096c3bdf0f2bf", id="gthread"),
        pytest.param(
            {"settings": {"worker_class": "gthread", "threads": 8, "worker_connections": 5000}},
            "db0c9c14d112a8f6",
            id="threads",
        ),
        pytest.param({"settings": {"worker_class": "gevent"}}, "59bfb6ce6b41d235", id="gevent"),
        pytest.param(
            {"settings": {"worker_class": "gunicorn.workers.ggevent.GeventWorker"}},
            "16c084b5511f2037",
            id="gevent by its path",
        ),
        pytest.param({"settings": {"worker_class": "tornado"}}, "90e114aa5f4b65e0", id="tornado"),
        pytest.param({"settings": {"worker_class": "asgi"}}, "b7db2df446d826a0", id="asgi"),
        pytest.param(
            {"settings": {"worker_class": "gunicorn.workers.gasgi.ASGIWorker"}},
            "8d00513be721d2bc",
            id="asgi by its path",
        ),
        pytest.param(
            {"settings": {"worker_class": "uvicorn_worker.UvicornWorker"}}, "e4907bba1ad73dfc", id="uvicorn-worker"
        ),
        pytest.param({"settings": {"worker_class": "uvicorn.workers.UvicornWorker"}}, "5cd39c1fdd9aa584", id="uvicorn"),
        pytest.param({"settings": {"worker_class": "shop.workers.Own"}}, "e8c86eb7cc35410e", id="own class"),
        pytest.param(
            {"profile": "cpu", "settings": {"threads": 4}}, "18d05b3505102f10", id="sync that becomes gthread"
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
            "48ef97214cd25bf0",
            id="all kinds of options",
        ),
        pytest.param(
            {"instances": {"web": {"profile": "io"}, "stream": {"profile": "realtime", "routes": ["/events/"]}}},
            "fe7eb7e22e5bd23b",
            id="two instances",
        ),
    ],
)
def test_release_key(
    make_app: Callable[..., App], declare: Callable[..., Declaration], options: dict[str, Any], key: str
) -> None:
    assert declare(make_app(**options)).release_key == key
