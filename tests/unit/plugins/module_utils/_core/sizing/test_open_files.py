# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.open_files import open_files


@pytest.mark.parametrize(
    ("worker_class", "connections", "given", "expected", "why"),
    [
        pytest.param("sync", 0, 0, 8192, "2 × 1 connections of a worker + 1024 = 1026, and 8192 at least", id="sync"),
        pytest.param("gthread", 0, 0, 8192, "2 × 1000", id="Gunicorn's own number of connections"),
        pytest.param("gevent", 10000, 0, 21024, "2 × 10000 connections of a worker + 1024 = 21024;", id="many"),
        pytest.param("asgi", 10000, 500, 500, "limits.nofile", id="declared"),
        pytest.param("asgi", 1000, 0, 20000, "as many as the host can give, because nothing bounds", id="unbounded"),
        pytest.param("tornado", 1000, 0, 20000, "as many as the host can give", id="unbounded, and old"),
    ],
)
def test_open_files(worker_class: str, connections: int, given: int, expected: int, why: str) -> None:
    number, reason = open_files(worker_class, connections, given, 20000)
    assert number == expected
    assert str(reason).startswith(f"open files {expected} of each process: {why}")
    assert "limits.nofile" in reason.why


def test_plenty() -> None:
    assert open_files("uvicorn_worker.UvicornWorker", 0, 0)[0] == 65536
