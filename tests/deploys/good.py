# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deploys of good code under load, and the same load without any."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ground import RATE, App, Cut, Ground
from measure import strays
from table import Limits, Row

LIMITS = Limits(failed=0, slowest=250)
UNTIMED = Limits(failed=0)  # in `make test`, which must not fail because a machine is slow
QUIET = "No deploy: what the load and the machine cost"
GOOD = "A. Good code"
SLOW = "B. Good code that imports for 5 s"


def fast_boot(ground: Ground, cut: Cut) -> Iterator[Row]:
    """Deploys in a row of an app that boots at once."""
    apps = [App(name, name) for name in (("sync", "gthread", "asgi") if cut.short else App.KINDS)]
    ground.converge(apps)
    for app in apps:
        if app.kind == "gthread":
            yield from quiet(ground, app, 5 if cut.short else 30, 2 if cut.short else 10)
    for app in apps:
        yield deploys_in_a_row(ground, app, min(2 if cut.short else 20, cut.deploys), GOOD, cut)


def slow_boot(ground: Ground, cut: Cut) -> Iterator[Row]:
    """Deploys of an app that is long in booting."""
    kinds = ("gthread",) if cut.short else App.KINDS
    apps = [App(f"slow-{kind}", kind, env={"IMPORT_SECONDS": "5"}) for kind in kinds]
    ground.converge(apps)
    for app in apps:
        yield deploys_in_a_row(ground, app, min(1 if cut.short else 3, cut.deploys), SLOW, cut)


def deploys_in_a_row(ground: Ground, app: App, number: int, section: str, cut: Cut) -> Row:
    """Each deploy must succeed, go live, and leave nothing of the version before."""
    seconds, wrong = [], []
    lives = [(app.live, 0.0)]
    with ground.load(app, mix=RATE) as seen:
        for _number in range(number):
            result = ground.deploy_next(app)
            lives.append((app.live, time.monotonic()))
            seconds.append(result.seconds)
            if result.status:
                wrong.append(f"the deploy of {app.live} failed: {result.said[:200]}")
                break
    summary = seen["mix"]
    limits = UNTIMED if cut.short else LIMITS
    return Row(section, "code changed", app.kind, summary, seconds, limits, [*wrong, *strays(summary, lives)])


def quiet(ground: Ground, app: App, seconds: float, runs: int) -> Iterator[Row]:
    """The machine's own noise: the same load without a deploy, and beside runs that change nothing."""
    with ground.load(app, mix=RATE) as seen:
        time.sleep(seconds)
    yield Row(QUIET, f"load alone for {seconds:.0f} s", app.kind, seen["mix"])
    with ground.load(app, mix=RATE) as seen:
        results = [ground.deploy(app) for _number in range(runs)]
    other = sum(bool(result.status or result.changed) for result in results)
    yield Row(
        QUIET,
        "runs that change nothing",
        app.kind,
        seen["mix"],
        [result.seconds for result in results],
        wrong=[f"{other} of them failed or changed something"] if other else (),
    )
