# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.uvicorn_drain import render_drain


@pytest.mark.parametrize("worker_class", ["uvicorn_worker.UvicornWorker", "uvicorn.workers.UvicornH11Worker"])
def test_uvicorn(worker_class: str) -> None:
    text = render_drain(worker_class)
    compile(text, "gunicorn.conf.py", "exec")
    assert "_Server.shutdown = _drained" in text


@pytest.mark.parametrize("worker_class", ["sync", "gthread", "asgi", "gevent", "shop.workers.Own"])
def test_other_classes(worker_class: str) -> None:
    assert render_drain(worker_class) == ""
