# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much memory a worker needs, estimated from its import; a pure rule, so that a second run gets the same result."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import NO_RELEASE, Manifest

MORE_SHARE = 0.25
MORE_BYTES = 32 * 1024**2
SAME_SHARE = 0.1


def needed(imported: int) -> int:
    """Return the bytes after the import plus a quarter and 32 MiB, because requests need memory too."""
    return imported + int(imported * MORE_SHARE) + MORE_BYTES


def settled(before: int, now: int) -> int:
    """Return the value to use from now on. No two imports take exactly the same; that must not change the workers."""
    return before if before and abs(now - before) <= SAME_SHARE * before else now


def measured(manifests: Mapping[str, Manifest], current: str) -> int:
    """Return the bytes that were used for the live release; 0 if none were measured."""
    checked = manifests.get(current, NO_RELEASE).checked
    return checked.worker_memory if checked else 0
