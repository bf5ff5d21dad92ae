# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units that exist only during a deploy: in /run, so that a reboot removes them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import DesiredFile
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import RUNTIME_UNITS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.runtime_units import KINDS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import write_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd


def runtime_units(app: str, kinds: Sequence[str] = KINDS) -> list[str]:
    """Return the app's existing units. The pattern `gunicorn-shop-*` alone would also match an app called `shop-eu`."""
    found = []
    for path in glob.glob(f"{RUNTIME_UNITS}/gunicorn-{app}-*.s*"):
        name = os.path.basename(path)
        instance, _dash, kind = name[len(f"gunicorn-{app}-") :].rpartition(".")[0].partition("-")
        if instance and kind in kinds:
            found.append(name)
    return sorted(found)


def of_kind(units: Iterable[str], *kinds: str) -> list[str]:
    return [unit for unit in units if unit.rpartition(".")[0].endswith(tuple(f"-{kind}" for kind in kinds))]


class RuntimeUnits:
    def __init__(self, systemd: Systemd, app: str) -> None:
        self._systemd = systemd
        self._app = app

    def found(self, *kinds: str) -> list[str]:
        return runtime_units(self._app, kinds or KINDS)

    def start(self, texts: Mapping[str, str], wait: bool = True) -> None:
        if not texts:
            return
        for unit, text in texts.items():
            write_file(DesiredFile(f"{RUNTIME_UNITS}/{unit}", text))
        self._systemd.load_new(list(texts))
        self._systemd.do("start" if wait else "start --no-block", *texts)

    def stop_soon(self, units: Iterable[str]) -> None:
        """Stop the units without waiting; `remove` waits later."""
        self._systemd.do("stop --no-block", *sorted(units, reverse=True))

    def kill(self, units: Iterable[str]) -> list[str]:
        """Remove units that serve nobody, without a graceful stop."""
        units = list(units)
        self._systemd.kill([unit for unit in units if unit.endswith(".service")])
        return self.remove(units)

    def remove(self, units: Iterable[str]) -> list[str]:
        """Stop the units gracefully, remove them and return those that existed."""
        existing = sorted((unit for unit in units if os.path.exists(f"{RUNTIME_UNITS}/{unit}")), reverse=True)
        if existing:
            self._systemd.do("stop", *existing)  # sockets first, so that they do not start the service again
            for unit in existing:
                os.unlink(f"{RUNTIME_UNITS}/{unit}")
            self._systemd.reset_failed(existing)
        return existing
