# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The releases of an app that are on disk: what became of each, and which one a rollback takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import (
    NO_RELEASE,
    Manifest,
    Unusable,
)

LIVE, WAS_LIVE, LEFT, FAILED, NEVER = "live", "was live", "rolled back", "failed", "never live"
UNUSABLE = "unusable"
ROLLBACK = "rollback"  # the `kind` of a line of history; the other is `deploy`
Manifests = Mapping[str, Manifest]
History = Sequence[Mapping[str, Any]]
NONE: Mapping[str, Unusable] = MappingProxyType({})


def list_releases(
    manifests: Manifests, history: History, current: str, unusable: Mapping[str, Unusable] = NONE
) -> list[dict[str, Any]]:
    """Newest first by what happened to them last."""
    led = line_of_descent(history)
    listed = []
    for name in (*manifests, *unusable):
        manifest = manifests.get(name, NO_RELEASE)
        lines = [line for line in history if line.get("release") == name]
        last = lines[-1] if lines else {}
        listed.append(
            {
                "release": name,
                "result": UNUSABLE if name in unusable else _result(name, manifest, lines, current, name in led),
                "version": manifest.version,
                "gunicorn": manifest.venv.gunicorn,
                "created": manifest.created,
                "when": last.get("time") or manifest.created,
                "who": last.get("who", ""),
                "seconds": round(sum(last.get("seconds", {}).values()), 1),
                "why": str(unusable.get(name) or (manifest.failed.why if manifest.failed else "")),
            }
        )
    return sorted(listed, key=lambda one: (one["when"], one["created"]), reverse=True)


def _result(name: str, manifest: Manifest, lines: History, current: str, led: bool) -> str:
    if name == current:
        return LIVE
    if manifest.failed:
        return FAILED
    if not any(line.get("result") == "live" for line in lines):
        return NEVER
    return WAS_LIVE if led else LEFT


def line_of_descent(history: History) -> list[str]:
    """The releases that led to the one that is live; what was rolled back from is no longer among them."""
    led: list[str] = []
    for line in history:
        name = str(line.get("release"))
        if line.get("result") != "live":
            continue
        if line.get("kind") == ROLLBACK and name in led:
            del led[len(led) - led[::-1].index(name) :]
        else:
            led.append(name)
    return led


def choose_release(
    manifests: Manifests, history: History, current: str, wanted: str, unusable: Mapping[str, Unusable] = NONE
) -> str:
    """The named release, or the one that was live before the current one; a failed one never is."""
    if wanted:
        matching = [name for name in (*manifests, *unusable) if name.startswith(wanted)]
        if len(matching) != 1:
            problem = f"there is no release '{wanted}' on this host." if not matching else f"'{wanted}' is ambiguous."
            raise InputError("release", problem, did_you_mean(wanted, matching or list(manifests)))
        if matching[0] in unusable:
            raise InputError("release", f"{matching[0]} cannot be used. {unusable[matching[0]]}")
        failed = manifests[matching[0]].failed
        if failed:
            raise InputError(
                "release", f"{matching[0]} failed at {failed.time}: {failed.why}", "Deploy a corrected one."
            )
        if matching[0] == current:
            raise InputError("release", f"{current} is live already.")
        return matching[0]
    for name in reversed(line_of_descent(history)):
        if name != current and name in manifests and not manifests[name].failed:
            return name
    raise InputError(
        "release",
        "there is no earlier release on this host that was live.",
        "`keep_releases` says how many are kept; deploy the wanted version instead.",
    )


def live_release(current: str, running: Sequence[str]) -> str:
    """The release that serves: `current`, unless a deploy was not finished; '' where more than one does."""
    if not running:
        return current
    return running[0] if len(running) == 1 else ""


def refuse_same_code(wanted: Manifest, live: Manifest) -> None:
    """Releases of a `source.path` do not hold its code: where nothing else differs there is nothing to bring back."""
    source = wanted.source
    same_place = source.kind == "path" and live.source.value == source.value
    if same_place and wanted.process and wanted.process == live.process:
        raise InputError(
            "release",
            f"{wanted.id} differs from the live release only in the code in {source.value}, which is not part of "
            "a release.",
            "Bring the code back there, then deploy.",
        )


def table(releases: Sequence[Mapping[str, Any]]) -> list[str]:
    """The list as lines for people."""
    columns = ("release", "result", "version", "when", "who", "why")
    rows = [columns, *([str(one[column]) for column in columns] for one in releases)]
    widths = [max(len(row[number]) for row in rows) for number in range(len(columns))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in rows]
