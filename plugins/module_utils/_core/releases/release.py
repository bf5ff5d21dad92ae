# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release as a deploy sees it: its units, and how to reach each of its services. It is read from the manifest alone,
so that a deploy and a rollback switch and verify in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import Manifest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.parsed_unit import parse_unit
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.time_span import seconds_of


@dataclass(frozen=True)
class Service:
    """One instance of a release."""

    name: str
    unit: str
    text: str
    bind: str
    workers: int
    worker_class: str
    tls: bool
    stop: int = 0  # TimeoutStopSec in seconds; 0 if infinite or not set

    @property
    def socket(self) -> str:
        return self.unit.replace(".service", ".socket")


class Deployed(NamedTuple):
    """An app as its releases describe it, for code that has no declaration."""

    name: str
    user: str
    layout: Layout
    instances: tuple[Service, ...]


@dataclass(frozen=True)
class Release:
    """A release on disk; `units` are the texts of its unit files by name."""

    release: str
    units: Mapping[str, str]
    services: tuple[Service, ...]
    health: Health
    gunicorn: str
    app: str
    source: str
    venv: str
    foreign: str = ""  # `source.path`: a directory that others manage; the release does not contain its code

    def deployed(self, layout: Layout) -> Deployed:
        user = parse_unit(self.services[0].text)["Service"]["User"][-1]
        return Deployed(layout.app, user, layout, self.services)

    def only(self, instances: Mapping[str, Any]) -> tuple[Service, ...]:
        """Return the services of these instances."""
        return tuple(service for service in self.services if service.name in instances)


def release_of(layout: Layout, manifest: Manifest, units: Mapping[str, str]) -> Release:
    """Combine a manifest with the release's unit texts, by unit name."""
    services = []
    for name, about in manifest.instances.items():
        unit = layout.unit(name, "service")
        stop = parse_unit(units[unit]).get("Service", {}).get("TimeoutStopSec", ["0"])[-1]
        seconds = seconds_of(stop) or 0
        services.append(
            Service(
                name,
                unit,
                units[unit],
                about.bind,
                about.workers,
                about.worker_class,
                about.tls,
                math.ceil(seconds) if seconds < math.inf else 0,
            )
        )
    return Release(
        release=manifest.id,
        units=units,
        services=tuple(services),
        health=manifest.health,
        gunicorn=manifest.venv.gunicorn,
        app=manifest.app,
        source=manifest.source.path,
        venv=manifest.venv.path,
        foreign=str(manifest.source.value) if manifest.source.kind == "path" else "",
    )
