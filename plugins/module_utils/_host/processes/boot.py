# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wait until a unit's master and all of its workers have booted; Gunicorn reports readiness earlier than that."""

from __future__ import annotations

import time

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.boot import (
    HOPELESS,
    READY,
    Memory,
    Verdict,
    judge,
    remember,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.processes.workers import look_at
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd

PAUSE, LONGEST_PAUSE = 0.05, 0.25


class Boot:
    def __init__(self, systemd: Systemd, unit: str, workers: int, restarts: int = 0) -> None:
        """`restarts` is the unit's restart counter from before, if its master is to stay."""
        self._systemd = systemd
        self._unit = unit
        self._workers = workers
        self._memory = Memory(restarts=restarts)

    def _look(self) -> Verdict:
        seen = look_at(self._systemd, self._unit)
        self._memory = remember(self._memory, seen)
        return judge(seen, self._memory, self._workers)

    def is_ready(self) -> bool:
        return self._look().kind == READY

    def hopeless(self) -> str:
        """Return why the unit will never serve; '' as long as it still may."""
        verdict = self._look()
        return f"{self._unit}: {verdict.why}" if verdict.kind == HOPELESS else ""

    def wait(self, within: float) -> str:
        """Wait until it is ready, and return the verdict. Raises HostError if hopeless, or after `within` seconds."""
        started = time.monotonic()
        end = started + within
        while True:
            verdict = self._look()
            if verdict.kind == READY:
                return verdict.why
            if verdict.kind == HOPELESS:
                raise HostError(f"{self._unit}: {verdict.why}.")
            if time.monotonic() >= end:
                raise HostError(f"{self._unit}: {verdict.why} within {within:g} s.")
            time.sleep(min(LONGEST_PAUSE, max(PAUSE, (time.monotonic() - started) / 20)))

    def insist(self) -> None:
        """Raise HostError if it is hopeless by now. A worker that was recycled in the meantime may boot again."""
        verdict = self._look()
        if verdict.kind == HOPELESS:
            raise HostError(f"{self._unit}: {verdict.why}.")
