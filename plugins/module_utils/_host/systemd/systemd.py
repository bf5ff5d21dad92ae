# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Talk to systemd: read the live state of units, and change it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.log_evidence import telling_lines
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import LONGEST, Runner

UNIT_DIRECTORY = "/etc/systemd/system"
SOON = 60.0  # seconds for what systemd and its journal answer at once
JOURNAL_LINES = 1000  # the last ones that are searched for a traceback; an app may log as much as it likes


class Systemd:
    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def show(self, units: Sequence[str], properties: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return the properties of each unit, read in one call; unknown units have LoadState=not-found."""
        if not units:
            return {}
        names = ",".join(["Id", *properties])
        shown = self._runner.run(["systemctl", "show", f"--property={names}", "--", *units])
        result: dict[str, dict[str, str]] = {}
        for unit, block in zip(units, shown.out.split("\n\n")):
            pairs = (line.partition("=") for line in block.splitlines())
            result[unit] = {name: value for name, _equals, value in pairs}
        return result

    def daemon_reload(self) -> None:
        self._runner.run(["systemctl", "daemon-reload"])

    def load_new(self, units: Sequence[str]) -> None:
        """Make systemd load unit files that were just written.

        It loads most units that it does not know by itself. A reload, which takes longer the more units a host has, is
        only for the others.
        """
        shown = self.show(units, ["LoadState", "NeedDaemonReload"])
        if any(unit["LoadState"] == "not-found" or unit["NeedDaemonReload"] == "yes" for unit in shown.values()):
            self.daemon_reload()

    def do(self, verb: str, *units: str, timeout: float = LONGEST) -> None:
        """Run `systemctl VERB UNITS`. If it fails, raise HostError with the units' journal as evidence."""
        done = self._runner.run(["systemctl", *verb.split(), "--", *units], check=False, timeout=timeout)
        if done.rc != 0:
            raise HostError(f"systemctl {verb} {' '.join(units)} failed.", self.journal(units) or done.tail)

    def stop_and_disable(self, units: Iterable[str]) -> None:
        for unit in sorted(units, reverse=True):  # sockets first, so that they do not start the service again
            self.do("stop", unit)
            self.do("disable", unit)

    def signal_master(self, service: str, signal: str) -> None:
        """Send a signal to the main process. systemd is its parent, so the id cannot belong to another process."""
        self._runner.run(
            ["systemctl", "kill", "--kill-who=main", f"--signal={signal}", "--", service],
            cause=f"{service} has no main process any more.",
            timeout=SOON,
        )

    def kill(self, services: Sequence[str]) -> None:
        """Kill all processes of the services at once; services without processes, or that do not exist, are ignored."""
        if services:
            self._runner.run(["systemctl", "kill", "--signal=SIGKILL", "--", *services], check=False)

    def reset_failed(self, units: Sequence[str]) -> None:
        """Make systemd forget failed units, which it would keep in memory. Errors about other units are ignored."""
        self._runner.run(["systemctl", "reset-failed", "--", *units], check=False)

    def journal(self, units: Sequence[str], since: str = "") -> str:
        """Return the evidence from the units' journal: the last traceback, or the last lines."""
        lines = JOURNAL_LINES if since else 200
        argv = ["journalctl", "--no-pager", "--output=cat", f"--lines={lines}"]
        argv += [f"--since={since}"] if since else []
        for unit in units:
            argv += ["--unit", unit]
        try:
            return telling_lines(self._runner.run(argv, check=False, timeout=SOON).out)
        except HostError as exc:  # the failure that this is the evidence of counts, not this one
            return str(exc)
