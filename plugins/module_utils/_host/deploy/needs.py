# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What apps need on the host before a build: packages that can be installed, and what the user must provide."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.machine.capacity import interpreter


def missing_packages(apps: Iterable[App], platform: Mapping[str, Any], uv: bool) -> list[str]:
    """Return the names of the distribution's packages that are needed and not installed."""
    apps = list(apps)
    missing = []
    if any(app.source.kind == "git" for app in apps) and not shutil.which("git"):
        missing += platform["git"]
    if not uv and any(not _has_ensurepip(interpreter(app.python)) for app in apps if not app.source.venv):
        missing += platform["venv"]
    return missing


def _has_ensurepip(python: str) -> bool:
    """Debian packages `venv` separately; look for its part of the standard library."""
    prefix = os.path.dirname(os.path.dirname(python))
    return any(
        os.path.exists(f"{prefix}/{library}/{os.path.basename(python)}/ensurepip/__init__.py")
        for library in ("lib", "lib64")
    )


def refuse_missing(apps: Iterable[App]) -> None:
    """Raise HostError, before anything changes, for what installing a package cannot fix."""
    for app in apps:
        where = f"gunicorn_apps.{app.name}"
        if not interpreter(app.python):
            raise HostError(
                f"{where}.python: there is no interpreter '{app.python}' on this host.",
                "Install it (for example with gunicorn_host_packages), or specify another one.",
            )
        if app.source.venv and not os.path.exists(f"{app.source.venv}/bin/python"):
            raise HostError(f"{where}.source.venv: '{app.source.venv}' is not a virtual environment.")
    _refuse_read_only()


def _refuse_read_only() -> None:
    place = "/srv/gunicorn" if os.path.isdir("/srv/gunicorn") else "/srv"
    while not os.path.isdir(place):
        place = os.path.dirname(place)
    status = os.statvfs(place)
    if status.f_flag & os.ST_RDONLY:
        raise HostError(f"{place} is mounted read-only; releases are kept below /srv/gunicorn.")
