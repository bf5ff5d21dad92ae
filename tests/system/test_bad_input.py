# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wrong input is refused before anything changes, with the key and the nearest right name."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import Converge

GOOD = {"app": "hello:app", "source": {"packages": ["itsdangerous"]}}


@pytest.mark.parametrize(
    ("apps", "said"),
    [
        pytest.param({"a": {**GOOD, "setings": {}}}, ["gunicorn_apps.a.setings", "Did you mean 'settings'?"], id="key"),
        pytest.param({"a": {**GOOD, "health": {"pth": "/"}}}, ["health.pth", "Did you mean 'path'?"], id="nested-key"),
        pytest.param({"a": {"source": {"packages": ["x"]}}}, ["gunicorn_apps.a.app", "is missing"], id="no-app"),
        pytest.param({"a": {"app": "x:y"}}, ["gunicorn_apps.a.source", "exactly one source type"], id="no-source"),
        pytest.param({"a": {**GOOD, "source": {"git": "x", "path": "/y"}}}, ["git and path"], id="two-sources"),
        pytest.param({"a": {**GOOD, "env": ["x"]}}, ["gunicorn_apps.a", "env"], id="type"),
        pytest.param({"../x": GOOD}, ["is not a safe app name"], id="name"),
        pytest.param({"a": {**GOOD, "profile": "fast"}}, ["profile", "cpu"], id="choice"),
        pytest.param({"a": {**GOOD, "env": {"DEBUG": True}}}, ["env.DEBUG", "Quote the value"], id="boolean"),
        pytest.param({"a": {**GOOD, "settings": {"bind": "x"}}}, ["settings.bind", "Use the app's `bind`"], id="owned"),
        pytest.param({"a": {**GOOD, "settings": {"loglevel": "loud"}}}, ["settings.loglevel", "critical"], id="bites"),
        pytest.param(
            {"a": {**GOOD, "instances": {"web": {"settings": {"loglevel": "loud"}}}}},
            ["gunicorn_apps.a.instances.web.settings.loglevel"],
            id="bites-in-an-instance",
        ),
        pytest.param({"a": {**GOOD, "hooks": "hooks.py"}}, ["gunicorn_apps.a.hooks", "needs a source"], id="hooks"),
        pytest.param({"a": {**GOOD, "strategy": "reload"}}, ["a.strategy", "its own paths"], id="reload"),
        pytest.param({"a": {**GOOD, "settings": {"workers": 0}}}, ["settings.workers", "at least 1"], id="no-workers"),
        pytest.param({"a": {**GOOD, "settings": {"workers": "2m+1"}}}, ["settings.workers", "2n+1"], id="no-formula"),
        pytest.param({"a": {**GOOD, "settings": {"worker_class": "eventlet"}}}, ["26.0", "gevent"], id="gone"),
        pytest.param(
            {"a": {**GOOD, "server_name": ["x.test"]}, "b": {**GOOD, "server_name": ["X.test"]}},
            ["gunicorn_apps.b.server_name", "is already served by the app 'a'"],
            id="server-name",
        ),
        pytest.param({"a": {**GOOD, "source": {"local": "/nowhere"}}}, ["source.local", "/nowhere"], id="directory"),
        pytest.param({"a": {**GOOD, "python": "python3.99"}}, ["gunicorn_apps.a.python", "python3.99"], id="python"),
        pytest.param(
            {"a": {**GOOD, "sandbox": [{"directive": "ProtectHom", "value": "no", "reason": "x"}]}},
            ["Did you mean 'ProtectHome'?"],
            id="sandbox",
        ),
        pytest.param(
            {"a": {**GOOD, "sandbox": [{"directive": "ProtectSystem", "value": "strickt", "reason": "x"}]}},
            ["gunicorn_apps.a.sandbox[0].value", "Did you mean 'strict'?"],
            id="sandbox-value",
        ),
    ],
)
def test_bad_input(converge: Converge, apps: dict[str, Any], said: list[str]) -> None:
    """Nothing below /srv/gunicorn, no unit, no user."""
    look = (
        "ls -R /srv/gunicorn 2>/dev/null | grep -E '(^|/)a(:|$)'; ls /etc/systemd/system | grep gunicorn-a-; "
        "getent passwd gunicorn-a; true"
    )
    refused = converge(apps, good=False)
    for part in said:
        assert part in refused.output.replace("\n", " ")
    assert converge.host.out(look) == ""


def test_a_name_that_is_not_defined(play: Any) -> None:
    """No apps at all would be another declaration."""
    result = play("wsgiops.gunicorn.site", {"gunicorn_apps": "{{ aps }}"}, check=True, good=False)
    assert "'aps' is undefined" in result.output
