# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Old and new Gunicorn serve the same app from the same declaration, by changing one variable."""

from __future__ import annotations

import json

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.versions import at_least
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.setting_versions import SINCE
from helpers import Converge

HTTPBIN = {
    "app": "httpbin:app",
    "source": {"packages": ["httpbin"]},
    "profile": "io",
    "health": {"path": "/status/200"},
}


@pytest.mark.parametrize("version", ["20.1.0", "23.0.0", "25.3.0", "27.0.1"])
def test_version(converge: Converge, version: str) -> None:
    """The declared version is what answers, inside the sandbox."""
    host = converge.host
    done = converge({"versions": {**HTTPBIN, "gunicorn_version": version}})
    assert done.of("gunicorn_apps")["apps"]["versions"]["gunicorn"] == version
    started = host.out("systemctl show -p InvocationID --value gunicorn-versions-web")
    logged = host.out(f"journalctl --no-pager -o cat _SYSTEMD_INVOCATION_ID={started}")
    assert f"Starting gunicorn {version}" in logged
    names = "sorted(__import__('gunicorn.config').config.Config().settings)"
    python = "/srv/gunicorn/versions/current/venv/bin/python"
    has = set(json.loads(host.out(f'{python} -W ignore -c "import json; print(json.dumps({names}))"')))
    for since, settings in SINCE.items():
        assert set(settings) & has == (set(settings) if at_least(version, since) else set())
    exposure = host.out("systemd-analyze security gunicorn-versions-web --no-pager | tail -n 1")
    assert float(exposure.split(":")[1].split()[0]) <= 1.2


def test_version_that_the_app_pins(converge: Converge) -> None:
    """Gunicorn 20 needs an older setuptools, also where the app's own requirements brought it."""
    app = {**HTTPBIN, "source": {"packages": ["httpbin", "gunicorn==20.1.0"]}}
    assert converge({"pinned": app}).of("gunicorn_apps")["apps"]["pinned"]["gunicorn"] == "20.1.0"
