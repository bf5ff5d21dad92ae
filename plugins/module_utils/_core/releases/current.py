# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The current state of one app on its host, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import FileState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.processes.observed import Ceiling, Live
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import Manifest, Unusable


@dataclass(frozen=True)
class AppState:
    """One app as it is on the host."""

    user: bool
    own_user: bool
    build_user: bool
    group: bool
    home: bool
    current: str
    manifests: Mapping[str, Manifest]
    layers: frozenset[str]
    unit_files: Mapping[str, FileState]
    units: Mapping[str, Mapping[str, str]]
    running: Mapping[str, str]
    leftovers: tuple[str, ...] = ()
    damaged: frozenset[str] = frozenset()  # layers and releases whose files were changed after they were built
    live: Mapping[str, Live] = field(default_factory=dict)  # by instance
    ceiling: Ceiling = field(default_factory=Ceiling)
    missing_sockets: frozenset[str] = frozenset()  # instances whose socket file was removed while systemd listens
    unusable: Mapping[str, Unusable] = field(default_factory=dict)  # releases whose manifest cannot be read

    def usable_path(self, path: str) -> str:
        """Return where to build a layer: next to the damaged one, if it is, because processes may still use that."""
        place, number = path, 0
        while place in self.damaged:
            number += 1
            place = f"{path}.{number}"
        return place

    @property
    def sound(self) -> dict[str, Manifest]:
        """The releases none of whose files were changed since they were built."""
        return {
            name: manifest
            for name, manifest in self.manifests.items()
            if not self.damaged.intersection(manifest.layers)
        }


def running_releases(now: AppState) -> list[str]:
    """Return the releases that running processes serve."""
    return sorted({path.rpartition("/")[0].rpartition("/")[2] for path in now.running.values() if path})
