# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests that are under way while a deploy happens."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ground import App, Cut, Ground
from measure import strays
from table import Limits, Row

LIMITS = Limits(failed=0)
SECTION = "D. In flight"
# So many per second, each lasting two or three: about a dozen are under way at every moment.
RATE = 4
LONGEST = 3.5
WHAT = {
    "slow": "answers that take 3 s",
    "stream": "streams of 3 s",
    "upload": "10 MB at 5 MB/s, buffered by nginx",
    "upload-through": "10 MB at 5 MB/s, not buffered",
}
# Enough workers or threads that all of them are under way and none waits for its turn; sync needs a worker for each.
ROOM = {"sync": {"workers": 16}, "gthread": {"threads": 24}, "asgi": {}}
TOGETHER = [list(WHAT)]
APART = [["slow"], ["stream"], ["upload", "upload-through"]]
UNBUFFERED = """
server {{
    listen 80;
    server_name through-{name}.localhost;
    client_max_body_size 20m;
    location / {{
        proxy_pass http://gunicorn.{name}.web;
        proxy_http_version 1.1;
        proxy_request_buffering off;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-Proto $scheme;
    }}
}}
"""


def flights(ground: Ground, cut: Cut) -> Iterator[Row]:
    """Deploys of good code while requests are under way that outlast the switch."""
    kinds = ("gthread",) if cut.short else tuple(ROOM)
    apps = [App(f"flight-{kind}", kind, settings=ROOM[kind]) for kind in kinds]
    ground.converge(apps)
    for app in apps:
        ground.put(f"/etc/nginx/conf.d/through-{app.name}.conf", UNBUFFERED.format(name=app.name))
    ground.host.run("nginx -t && systemctl reload nginx")
    for app in apps:
        for group in APART if app.kind == "sync" else TOGETHER:
            yield from across(ground, app, group)


def across(ground: Ground, app: App, loads: list[str]) -> Iterator[Row]:
    """One deploy; all that was sent before, during and after must be answered, by both versions."""
    lives = [(app.live, 0.0)]
    with ground.load(app, **dict.fromkeys(loads, RATE)) as seen:
        time.sleep(LONGEST)
        result = ground.deploy_next(app)
        lives.append((app.live, time.monotonic()))
    wrong = [f"the deploy failed: {result.said[:200]}"] if result.status else []
    for load in loads:
        summary = seen[load]
        yield Row(SECTION, WHAT[load], app.kind, summary, [result.seconds], LIMITS, [*wrong, *strays(summary, lives)])
