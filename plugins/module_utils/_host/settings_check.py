# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask the Gunicorn of a release whether it knows the declared settings and takes their values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.transient import BuildUnit

# Runs in the release's interpreter. Gunicorn itself ignores unknown names and finds a missing worker class only when
# it starts.
SCRIPT = """
import json, sys
import gunicorn
from gunicorn.config import Config
answer = {"version": gunicorn.__version__, "instances": {}}
with open(sys.argv[1]) as stream:
    instances = json.load(stream)
for instance, settings in instances.items():
    config = Config()
    found = {"unknown": [], "invalid": {}, "known": sorted(config.settings)}
    for name, value in settings.items():
        if name not in config.settings:
            found["unknown"].append(name)
            continue
        try:
            config.set(name, value)
        except Exception as exc:
            found["invalid"][name] = str(exc) or type(exc).__name__
    try:
        config.worker_class
    except BaseException as exc:
        # Gunicorn puts a whole traceback in brackets into its message.
        found["invalid"]["worker_class"] = str(exc).strip().rstrip("]").strip().splitlines()[-1]
    answer["instances"][instance] = found
json.dump(answer, sys.stdout)
"""


def check_settings(unit: BuildUnit, venv: str, app: str, instances: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the version of the installed Gunicorn, or raise an error that names the first wrong setting."""
    script = unit.file("check_settings.py", SCRIPT)
    given = unit.file("settings.json", json.dumps(instances))
    done = unit.run(
        [f"{venv}/bin/python", "-I", script, given],
        cause=f"gunicorn_apps.{app}: there is no working Gunicorn in {venv}.",
        directory="/",
        writable=[],
    )
    answer = json.loads(done.out)
    for instance, found in answer["instances"].items():
        where = f"gunicorn_apps.{app}.settings"
        for name in found["unknown"]:
            raise HostError(
                f"{where}.{name}: Gunicorn {answer['version']} has no such setting. "
                + did_you_mean(name, found["known"])
            )
        for name, problem in found["invalid"].items():
            value = instances[instance].get(name)
            raise HostError(f"{where}.{name}: Gunicorn {answer['version']} does not take {value!r}: {problem}")
    return str(answer["version"])
