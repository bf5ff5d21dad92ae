# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which releases and layers are no longer needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import Manifest, Unusable

KEEP_FAILED_DAYS = 7
NONE: Mapping[str, Unusable] = MappingProxyType({})


def releases_to_prune(
    manifests: Mapping[str, Manifest],
    current: str,
    keep: int,
    oldest_failed: str,
    in_use: Iterable[str] = (),
    lineage: Sequence[str] = (),
    unusable: Mapping[str, Unusable] = NONE,
) -> list[str]:
    """Return the releases beyond `keep`, but never the current one or one that a running process uses.

    Rollback targets are pruned last: `lineage` lists the releases that were live, oldest first. Others are pruned by
    age. Failed releases do not count towards `keep`: they are kept for inspection unless they failed before
    `oldest_failed` (an ISO time). So are releases whose manifest is damaged; those of a newer collection are never
    removed here.
    """
    used = {current, *in_use}
    back = {name: -turn for turn, name in enumerate(lineage)}
    by_worth = sorted(manifests, key=lambda name: manifests[name].created, reverse=True)
    by_worth.sort(key=lambda name: back.get(name, 1))
    kept = [name for name in by_worth if name in used]
    for name in by_worth:
        failed = manifests[name].failed
        if failed and name not in kept:
            kept += [name] if failed.time >= oldest_failed else []
    good = [name for name in kept if name in used or not manifests[name].failed]
    for name in by_worth:
        if name not in kept and len(good) < keep and not manifests[name].failed:
            kept.append(name)
            good.append(name)
    lost = [name for name, one in unusable.items() if not one.newer and one.since < oldest_failed]
    return sorted({*manifests, *lost} - {*kept, *used})


def layers_to_prune(
    layers: Iterable[str], manifests: Mapping[str, Manifest], kept: Iterable[str], in_use: Iterable[str] = ()
) -> list[str]:
    """Return the layers that neither a kept release nor a running process uses."""
    needed = {path for name in kept for path in manifests[name].layers}
    return sorted(layer for layer in layers if layer not in needed and not any(_within(path, layer) for path in in_use))


def _within(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory + "/")
