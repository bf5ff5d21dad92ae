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
    led: Sequence[str] = (),
    unusable: Mapping[str, Unusable] = NONE,
) -> list[str]:
    """The releases beyond `keep`; never the current one, never one that a live process uses.

    What a rollback would take goes last: `led` are the releases that were live, one after the other. The rest goes by
    age. Those that failed do not count: they stay for a look, until they failed before `oldest_failed` (an ISO time).
    The same holds for those whose manifest is damaged; one of a newer collection is that one's to remove.
    """
    used = {current, *in_use}
    back = {name: -turn for turn, name in enumerate(led)}
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
    """Layers that no kept release is made of and no live process uses."""
    needed = {path for name in kept for path in manifests[name].layers}
    return sorted(layer for layer in layers if layer not in needed and not any(_within(path, layer) for path in in_use))


def _within(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory + "/")
