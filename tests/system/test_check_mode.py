# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode on a pristine host says exactly what the real run then does."""

from __future__ import annotations

from typing import Any

import pytest

APPS = {
    "checked": {
        "app": "httpbin:app",
        "source": {"packages": ["httpbin"]},
        "profile": "io",
        "server_name": ["checked.localhost"],
        "health": {"path": "/status/200"},
    }
}


@pytest.fixture(scope="module", params=["debian12", "debian13"])
def pristine(new_host: Any, request: pytest.FixtureRequest) -> Any:
    """A host of this file alone."""
    return new_host(f"pristine-{request.param}", request.param)


def test_prediction_is_what_happens(play: Any, pristine: Any) -> None:
    """Predict, prove that nothing was touched, converge, compare; then nothing is left to do."""
    units = "ls /etc/systemd/system /etc/nginx /srv 2>/dev/null"
    before = pristine.out(f"{units}; dpkg -l | sha256sum")

    predicted = play("wsgiops.gunicorn.site", {"gunicorn_apps": APPS}, check=True, diff=True, on=pristine)
    assert predicted.changed
    assert pristine.out(f"{units}; dpkg -l | sha256sum") == before

    done = play("wsgiops.gunicorn.site", {"gunicorn_apps": APPS}, on=pristine)
    assert done.changes() == predicted.changes()
    for name, app in done.of("gunicorn_apps")["apps"].items():
        assert app["changes"] == predicted.of("gunicorn_apps")["apps"][name]["changes"]

    for check in (True, False):
        again = play("wsgiops.gunicorn.site", {"gunicorn_apps": APPS}, check=check, on=pristine)
        assert again.changed == 0, again.output
        assert not again.of("gunicorn_site_info")["differs"]
