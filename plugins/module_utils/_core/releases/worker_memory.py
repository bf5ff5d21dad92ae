# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much memory a worker needs, from what its import took; a pure rule, so that a second run comes to the same."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import NO_RELEASE, Manifest

MORE_SHARE = 0.25
MORE_BYTES = 32 * 1024**2
SAME_SHARE = 0.1


def needed(imported: int) -> int:
    """A quarter and 32 MiB more than after the import: requests need memory as well."""
    return imported + int(imported * MORE_SHARE) + MORE_BYTES


def settled(before: int, now: int) -> int:
    """What counts from now on. Two imports never take the same to the byte, which must not change anybody's workers."""
    return before if before and abs(now - before) <= SAME_SHARE * before else now


def measured(manifests: Mapping[str, Manifest], current: str) -> int:
    """Bytes that counted for the live release; 0 where none was ever measured."""
    checked = manifests.get(current, NO_RELEASE).checked
    return checked.worker_memory if checked else 0
