# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Releases that must be refused, each under load."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ground import RATE, App, Cut, Ground
from table import Limits, Row

LIMITS = Limits(failed=0)
SECTION = "C. Broken releases"
TMPFS = "128M"
HOOKS = "gunicorn_hooks.py"


@dataclass(frozen=True)
class Fault:
    """What is wrong with a release, and what the refusal must say of it."""

    what: str
    said: str
    code: str = ""
    hooks: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    within: float = 10
    app: str = "broken"
    short: bool = False


def faults(memory: bool) -> Iterator[Fault]:
    """Every kind; `memory` tells whether the host can enforce a limit of memory."""
    yield Fault("ImportError", "No module named 'nothing_of_that_name'", "import nothing_of_that_name", short=True)
    yield Fault("missing callable", "nobody", changes={"app": "web:nobody"})
    # That nothing answered is not the cause: a line must say that the import did not end.
    hang = r"(?i)import[^\n]*(still|not end|never|not finish|longer|within|after|time)"
    yield Fault("import never ends", hang, "time.sleep(100_000)", within=5, short=True)
    yield Fault("sys.exit at import", r"(?i)SystemExit|sys\.exit|exit\w* [^\n]*\b7\b", "import sys\n\nsys.exit(7)")
    yield Fault("unknown setting", r"max_request\b", changes={"settings": {"max_request": 5}})
    yield Fault("bad setting value", "keepalive", changes={"settings": {"keepalive": "much"}})
    missing = {"settings": {"worker_class": "meinheld.gmeinheld.MeinheldWorker"}}
    yield Fault(
        "worker class not installed", r"(?i)No module named|not installed|cannot be (loaded|imported)", changes=missing
    )
    yield Fault("own file of hooks raises", "no such region", hooks='raise ValueError("no such region")')
    yield Fault("boots, but health says 500", r"\b500\b", SICK, short=True)
    if memory:
        limit = {"limits": {"memory_max": "96M"}}
        yield Fault("boots, but is killed by its memory limit", "(?i)memory|SIGKILL", GREEDY, limit)
    else:
        yield Fault("boots, but its worker is killed (1)", r"(?i)SIGKILL|signal 9|code 9|killed", KILLED)
    name = "SHOP_KEY_THAT_NOBODY_SET"
    yield Fault("missing environment variable", name, f'os.environ["{name}"]')
    yield Fault("build command fails", r"build\[0\]", changes={"build": ["echo wanted; exit 3"]})
    yield Fault("release command fails", r"release\[0\]", changes={"release": ["echo wanted; exit 3"]})
    fill = {"build": ["head -c 1G /dev/zero > filler"]}
    yield Fault(f"disk full during build (a home of {TMPFS})", "No space left on device", changes=fill, app="full")


NO_MEMORY_LIMIT = "(1) This host cannot enforce a limit of memory, so the app kills its worker itself."

SICK = """
good = app


def app(environ, start_response):
    if environ["PATH_INFO"] == "/healthz":
        start_response("500 Internal Server Error", [("Content-Length", "0")])
        return []
    return good(environ, start_response)
"""

# Dead before it has answered anything, like a worker that outgrows its limit while it loads its data.
KILLED = """
import signal
import threading


def end():
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGKILL)


threading.Thread(target=end, daemon=True).start()


def app(environ, start_response):
    time.sleep(60)
"""

GREEDY = """
import threading


def grow():
    time.sleep(0.3)
    held = []
    while True:
        held.append(bytearray(b"x") * 1_000_000)


threading.Thread(target=grow, daemon=True).start()


def app(environ, start_response):
    time.sleep(60)
"""


def broken(ground: Ground, cut: Cut) -> Iterator[Row]:
    """Try each on an app that runs, and see that nobody noticed."""
    memory = "memory" in ground.host.out("cat /sys/fs/cgroup/cgroup.controllers").split()
    apps = {name: App(name, "gthread") for name in (("broken",) if cut.short else ("broken", "full"))}
    if "full" in apps:
        home = "/srv/gunicorn/full"
        ground.host.run(f"mkdir -p {home} && mount -t tmpfs -o size={TMPFS},mode=0755 full {home}")
    ground.converge(list(apps.values()))
    for fault in faults(memory):
        if cut.short and not fault.short:
            continue
        app = apps[fault.app]
        yield refused(ground, app, fault)
        mend(ground, app)


def refused(ground: Ground, app: App, fault: Fault) -> Row:
    """A deploy that must fail, say why, and change nothing."""
    before = ground.traces(app)
    app.write("broken", f"\n{fault.code}\n")
    changes = dict(fault.changes)
    if fault.hooks:
        changes["hooks"] = HOOKS
        (app.directory / HOOKS).write_text(f"def post_fork(server, worker):\n    pass\n\n\n{fault.hooks}\n")
    with ground.load(app, mix=RATE) as seen:
        health = {"path": "/healthz", "within": fault.within}
        result = ground.deploy(app, **{"health": health, **changes})
    summary = seen["mix"]
    wrong = []
    if not result.status:
        wrong.append("it was not refused")
    elif not re.search(fault.said, result.said):
        wrong.append("the cause was not named")
    others = [name for name in summary.versions if name != app.live]
    if others:
        wrong.append(f"{', '.join(others)} answered {sum(summary.versions[name].answers for name in others)} requests")
    if ground.traces(app) != before:
        wrong.append("units or `current` are not what they were")
    return Row(SECTION, fault.what, app.kind, summary, [result.seconds], LIMITS, wrong, said=result.said)


def mend(ground: Ground, app: App) -> None:
    """The good code again, so that each fault meets an app that runs; costs one run without changes where it does."""
    app.write(app.live)
    (app.directory / HOOKS).unlink(missing_ok=True)
    result = ground.deploy(app)
    if result.status:
        raise SystemExit(f"deploys: the app could not be brought back\n{result.output[-4000:]}")
