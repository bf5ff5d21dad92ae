# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The releases of an app on disk: what happened to each, and which one a rollback chooses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import (
    NO_RELEASE,
    Manifest,
    Unusable,
)

LIVE, WAS_LIVE, ROLLED_BACK, FAILED, NEVER = "live", "was live", "rolled back", "failed", "never live"
UNUSABLE = "unusable"
WAS_SERVING = (LIVE, ROLLED_BACK)  # results of lines; the second one only in a history that was shortened
LONGEST = {"who": 100, "why": 2000, "version": 200}  # characters of these texts in a line
SPARE = 20  # lines of descent that are kept beyond those of the releases on disk
ROLLBACK = "rollback"  # a history line's `kind`; the other one is `deploy`
Manifests = Mapping[str, Manifest]
History = Sequence[Mapping[str, Any]]
NONE: Mapping[str, Unusable] = MappingProxyType({})


def list_releases(
    manifests: Manifests, history: History, current: str, unusable: Mapping[str, Unusable] = NONE
) -> list[dict[str, Any]]:
    """List the releases, the one with the most recent event first."""
    lineage = line_of_descent(history)
    listed = []
    for name in (*manifests, *unusable):
        manifest = manifests.get(name, NO_RELEASE)
        lines = [line for line in history if line.get("release") == name]
        last = lines[-1] if lines else {}
        listed.append(
            {
                "release": name,
                "result": UNUSABLE if name in unusable else _result(name, manifest, lines, current, name in lineage),
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


def _result(name: str, manifest: Manifest, lines: History, current: str, in_lineage: bool) -> str:
    if name == current:
        return LIVE
    if manifest.failed:
        return FAILED
    if not any(line.get("result") in WAS_SERVING for line in lines):
        return NEVER
    return WAS_LIVE if in_lineage else ROLLED_BACK


def line_of_descent(history: History) -> list[str]:
    """Return the releases that led to the live one, oldest first, without those that were rolled back."""
    return [_release(line) for line in _descent(history)]


def _descent(history: History) -> list[Mapping[str, Any]]:
    """Return the lines with which these releases became live."""
    lines: list[Mapping[str, Any]] = []
    for line in history:
        if line.get("result") != "live":
            continue
        names = [_release(one) for one in lines]
        if line.get("kind") == ROLLBACK and _release(line) in names:
            del lines[len(names) - names[::-1].index(_release(line)) :]
        else:
            lines.append(line)
    return lines


def _release(line: Mapping[str, Any]) -> str:
    return str(line.get("release"))


def limited(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return the line with texts of a bounded length: causes contain what apps print, and names come from outside."""
    return {key: clipped(value, LONGEST[key]) if key in LONGEST else value for key, value in line.items()}


def clipped(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 2] + " …"


def shortened(history: History, releases: Collection[str]) -> list[Mapping[str, Any]]:
    """Return the newer half of the history, and of the older half what the releases on disk still need.

    That is how the live release came about, for a rollback; and for each other release its last line, for the list.
    """
    half = len(history) // 2
    older, newer = history[:half], history[half:]
    descent = _descent(older)[-(SPARE + 2 * len(releases)) :]
    kept = {id(line): line for line in descent}
    named = {_release(line) for line in descent}
    for name in releases:
        lines = [line for line in older if _release(line) == name]
        if name not in named and lines:
            was_live = any(line.get("result") in WAS_SERVING for line in lines)
            kept[id(lines[-1])] = {**lines[-1], "result": ROLLED_BACK} if was_live else lines[-1]
    return [*(kept[id(line)] for line in older if id(line) in kept), *newer]


def choose_release(
    manifests: Manifests, history: History, current: str, requested: str, unusable: Mapping[str, Unusable] = NONE
) -> str:
    """Return the requested release or, if that is '', the one that was live before the current one.

    Raise InputError if there is none, if it failed or cannot be used, or if it is already live.
    """
    if requested:
        matching = [name for name in (*manifests, *unusable) if name.startswith(requested)]
        if len(matching) != 1:
            problem = f"'{requested}' is ambiguous." if matching else f"there is no release '{requested}' on this host."
            raise InputError("release", problem, did_you_mean(requested, matching or list(manifests)))
        if matching[0] in unusable:
            raise InputError("release", f"{matching[0]} cannot be used. {unusable[matching[0]]}")
        failed = manifests[matching[0]].failed
        if failed:
            raise InputError(
                "release", f"{matching[0]} failed at {failed.time}: {failed.why}", "Deploy a corrected version."
            )
        if matching[0] == current:
            raise InputError("release", f"{current} is already live.")
        return matching[0]
    for name in reversed(line_of_descent(history)):
        if name != current and name in manifests and not manifests[name].failed:
            return name
    raise InputError(
        "release",
        "there is no earlier release on this host that was live.",
        "Deploy the version that you want instead. `keep_releases` sets how many releases are kept.",
    )


def live_release(current: str, running: Sequence[str]) -> str:
    """Return the release that serves: `current`, unless a deploy was not finished; '' if more than one serves."""
    if not running:
        return current
    return running[0] if len(running) == 1 else ""


def refuse_same_code(chosen: Manifest, live: Manifest) -> None:
    """Raise InputError if the releases differ only in the code of a `source.path`, which a release does not contain."""
    source = chosen.source
    same_place = source.kind == "path" and live.source.value == source.value
    if same_place and chosen.process and chosen.process == live.process:
        raise InputError(
            "release",
            f"{chosen.id} differs from the live release only in the code in {source.value}, which is not part of "
            "a release.",
            "Restore the code there, then deploy.",
        )


def table(releases: Sequence[Mapping[str, Any]]) -> list[str]:
    """Format the list as the lines of a table."""
    columns = ("release", "result", "version", "when", "who", "why")
    rows = [columns, *([str(one[column]) for column in columns] for one in releases)]
    widths = [max(len(row[number]) for row in rows) for number in range(len(columns))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in rows]
