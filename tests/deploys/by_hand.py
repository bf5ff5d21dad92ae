# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same code under a unit as people write it by hand: what restart and reload cost. For comparison only."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ground import HERE, RATE, App, Cut, Ground
from table import Row

SECTION = "E. For comparison: a unit written by hand, its code edited in place"
BROKEN = "\nimport nothing_of_that_name\n"
SLOW = "\ntime.sleep(5)\n"
DOWN = 5.0
PATIENCE = 30.0


def by_hand(ground: Ground, cut: Cut) -> Iterator[Row]:
    """Good code, slow code, broken code; each restarted and reloaded."""
    if cut.short:
        return
    app = App("plain", "gthread")
    lender = App("lender", "gthread")
    ground.converge([lender])
    venv = ground.host.out(f"readlink -f /srv/gunicorn/{lender.name}/current/venv")
    bring(ground, app, venv)
    for verb in ("restart", "reload"):
        yield good(ground, app, verb, "good code", "", 5)
        yield good(ground, app, verb, "imports for 5 s", SLOW, 1)
        edit(ground, app)
        settle(ground, app)
    for verb in ("restart", "reload"):
        yield broken(ground, app, verb)
        edit(ground, app)
        settle(ground, app)


def bring(ground: Ground, app: App, venv: str) -> None:
    """The unit, its code, and its site."""
    ground.host.run("mkdir -p /srv/plain")
    edit(ground, app)
    unit = (HERE / "apps" / "plain.service").read_text().replace("VENV", venv)
    ground.put("/etc/systemd/system/plain.service", unit)
    ground.put("/etc/nginx/conf.d/plain.conf", (HERE / "apps" / "plain.nginx").read_text())
    ground.host.run("nginx -t && systemctl reload nginx && systemctl daemon-reload")
    settle(ground, app)


def edit(ground: Ground, app: App, extra: str = "") -> None:
    app.version += 1
    app.write(app.live, extra)
    ground.put("/srv/plain/web.py", (app.directory / "web.py").read_text())


def settle(ground: Ground, app: App) -> None:
    """Start it anew, and wait until the code that was written answers through nginx."""
    ground.host.run("systemctl reset-failed plain.service; systemctl restart plain.service", check=False)
    end = time.monotonic() + PATIENCE
    while ground.ask(app) != app.live:
        if time.monotonic() > end:
            raise SystemExit(f"deploys: plain.service does not answer\n{ground.host.out('journalctl -u plain -n 30')}")
        time.sleep(0.2)


def act(ground: Ground, app: App, verb: str, extra: str) -> tuple[float, int]:
    """Edit and restart or reload; return the seconds of systemctl alone, and its exit status."""
    edit(ground, app, extra)
    command = f"began=$(date +%s.%N); systemctl {verb} plain.service; echo $? $began $(date +%s.%N)"
    status, began, ended = ground.host.out(command).split()
    return float(ended) - float(began), int(status)


def good(ground: Ground, app: App, verb: str, what: str, extra: str, number: int) -> Row:
    seconds = []
    with ground.load(app, mix=RATE) as seen:
        for _number in range(number):
            seconds.append(act(ground, app, verb, extra)[0])
            time.sleep(DOWN / 2 if number > 1 else DOWN * 2)
    return Row(SECTION, f"systemctl {verb}, {what}", app.kind, seen["mix"], seconds)


def broken(ground: Ground, app: App, verb: str) -> Row:
    with ground.load(app, mix=RATE) as seen:
        spent, status = act(ground, app, verb, BROKEN)
        time.sleep(DOWN)
        state = ground.host.run("systemctl is-active plain.service", check=False).stdout.strip()
    said = [f"systemctl returned {status}", f"{DOWN:.0f} s later the unit is {state}, until a person comes"]
    return Row(SECTION, f"systemctl {verb}, ImportError", app.kind, seen["mix"], [spent], wrong=said)
