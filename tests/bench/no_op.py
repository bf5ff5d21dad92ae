# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long does a run take that changes nothing? Over SSH, medians, beside fact gathering alone."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ground import DRIFT, FACTS, SITE, Ground

SIZES = (1, 3, 10)
RUNS = 7
APP = Path(__file__).parent / "app"


def apps(number: int) -> dict[str, Any]:
    """Return as many small apps."""
    return {
        f"app{index}": {
            "app": "hello:app",
            "source": {"local": str(APP)},
            "profile": "io",
            "settings": {"workers": 1},
            "server_name": [f"app{index}.localhost"],
        }
        for index in range(1, number + 1)
    }


def others() -> dict[str, Any]:
    """Apps of the larger sites are there as well, and no drift here."""
    entry = {"kind": "app-undeclared", "reason": "another size of this benchmark", "until": "2999-01-01"}
    clamped = {"kind": "limit-clamped", "reason": "a container's limit may be lower", "until": "2999-01-01"}
    proxied = {"kind": "nginx-file", "reason": "another size of this benchmark", "until": "2999-01-01"}
    return {"gunicorn_drift_ignore": [entry, clamped, proxied]}


def no_op(ground: Ground) -> Iterator[str]:
    """Converge the largest site once, then measure sites that it contains."""
    for size in (SIZES[-1], *SIZES):
        ground.run(SITE, {"gunicorn_apps": apps(size)})
    times: dict[object, list[float]] = {}
    for _number in range(RUNS):  # taking turns, so that a slow minute of the machine is everybody's
        times.setdefault("facts", []).append(ground.run(FACTS, changes=False))
        for size in SIZES:
            times.setdefault(size, []).append(ground.run(SITE, {"gunicorn_apps": apps(size)}, changes=False))
        checked = ground.run(SITE, {"gunicorn_apps": apps(SIZES[-1])}, "--check", changes=False)
        times.setdefault("check", []).append(checked)
        for size in SIZES[1:]:
            looked = ground.run(DRIFT, {"gunicorn_apps": apps(size), **others()}, changes=False)
            times.setdefault(f"drift {size}", []).append(looked)
    median = {what: statistics.median(seconds) for what, seconds in times.items()}
    facts = median["facts"]
    yield f"medians of {RUNS} runs each, taking turns"
    yield f"{'fact gathering alone':<28} {facts:6.2f} s"
    for size in SIZES:
        yield f"{f'no-op site, {size} apps':<28} {median[size]:6.2f} s   {median[size] / facts:.2f} x fact gathering"
    yield f"{'the same, --check':<28} {median['check']:6.2f} s   {median['check'] / facts:.2f} x fact gathering"
    for size in SIZES[1:]:
        seconds = median[f"drift {size}"]
        yield f"{f'drift, {size} apps':<28} {seconds:6.2f} s   {seconds / facts:.2f} x fact gathering"
    further = (median[SIZES[-1]] - median[SIZES[0]]) / (SIZES[-1] - SIZES[0])
    yield f"{'each further app':<28} {further * 1000:6.0f} ms"
    ground.run(SITE, {"gunicorn_apps": {name: {**app, "state": "absent"} for name, app in apps(SIZES[-1]).items()}})
