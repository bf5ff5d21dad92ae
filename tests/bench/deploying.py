# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long do a deploy and a rollback take? Over SSH, of an app whose import takes half a second."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from ground import FACTS, SITE, STATE, Ground

RUNS = 7
IMPORT_SECONDS = 0.5
CODE = """import time

VERSION = "{version}"
time.sleep({seconds})


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [VERSION.encode()]
"""


def deploying(ground: Ground) -> Iterator[str]:
    """Each deploy changes the code and nothing else; each rollback returns to the first version."""
    source = STATE / "half"
    source.mkdir(exist_ok=True)
    apps = {
        "half": {
            "app": "half:app",
            "source": {"local": str(source)},
            "settings": {"worker_class": "gthread", "workers": 2},
            "server_name": ["half.localhost"],
        }
    }

    def write(version: str) -> None:
        (source / "half.py").write_text(CODE.format(version=version, seconds=IMPORT_SECONDS))

    write("first")
    ground.run(SITE, {"gunicorn_apps": apps})
    times: dict[str, list[float]] = {"facts": [], "deploy": [], "rollback": []}
    for number in range(RUNS):
        times["facts"].append(ground.run(FACTS, changes=False))
        write(f"{number} {time.time()}")
        deployed = ground.run("wsgiops.gunicorn.deploy", {"app": "half", "gunicorn_apps": apps}, changes=True)
        times["deploy"].append(deployed)
        times["rollback"].append(ground.run("wsgiops.gunicorn.rollback", {"app": "half"}, changes=True))
    median = {what: statistics.median(seconds) for what, seconds in times.items()}
    yield f"medians of {RUNS} runs each, taking turns; the import takes {IMPORT_SECONDS:g} s"
    for what, seconds in median.items():
        yield f"{what:<28} {seconds:6.2f} s   {seconds / median['facts']:.2f} x fact gathering"
    ground.run(SITE, {"gunicorn_apps": {"half": {**apps["half"], "state": "absent"}}})
