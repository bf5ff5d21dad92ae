# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collects what a run tells of its hosts, until a report can be made of it.

A host counts as checked when a check of it gave a result. What else fails on it is only told where there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.report import HostReport, Report, host_report

NEVER = "was never checked"
SKIPPED = "the check was skipped"


class Collector:
    def __init__(self) -> None:
        self.wanted = False  # does the run look for drift at all?
        self._hosts: dict[str, None] = {}  # those to check, in the order of the inventory
        self._results: dict[str, list[Mapping[str, Any]]] = {}
        self._broken: dict[str, str] = {}
        self._trouble: dict[str, str] = {}

    def expect(self, hosts: Iterable[str]) -> None:
        self.wanted = True
        self._hosts.update(dict.fromkeys(hosts))

    def check(self, host: str, result: Mapping[str, Any]) -> None:
        """The result of a check, whether it passed or not."""
        self.expect([host])
        for part in _parts(result):
            if isinstance(part.get("findings"), list) and not part.get("unreachable"):
                self._results.setdefault(host, []).append(part)
            elif part.get("skipped"):
                self._trouble.setdefault(host, SKIPPED)
            else:
                self._broken.setdefault(host, message(part))

    def unreachable(self, host: str, result: Mapping[str, Any]) -> None:
        """The check itself could not be made."""
        self.expect([host])
        self._broken.setdefault(host, message(result))

    def trouble(self, host: str, task: str, result: Mapping[str, Any]) -> None:
        """Another task failed: perhaps what kept the host from being checked."""
        self._trouble.setdefault(host, f"{task}: {message(result)}" if task else message(result))

    def report(self, started: str) -> Optional[Report]:
        if not self.wanted:
            return None
        # Where the run ended before the play that checks, the hosts that failed are all that is known.
        return Report([self._host(name) for name in self._hosts or self._trouble], started)

    def _host(self, name: str) -> HostReport:
        results = self._results.get(name, [])
        why = self._broken.get(name, "" if results else self._trouble.get(name, NEVER))
        return host_report(name, results, why)


def message(result: Mapping[str, Any]) -> str:
    if "censored" in result:
        return "the result is hidden by no_log"
    text = str(result.get("msg") or result.get("exception") or "").strip()
    return text or "no result, and no message"


def _parts(result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The items of a loop, or the one result."""
    items = result.get("results")
    if "findings" not in result and isinstance(items, list) and items:
        yield from (item for item in items if isinstance(item, Mapping))
    else:
        yield result
