# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collect the results of a run until a report can be made of them.

A host counts as checked when a check of it returned a result. Other failures on it are only reported if none did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.report import HostReport, Report, host_report

NEVER = "was never checked"
SKIPPED = "the check was skipped"


class Collector:
    def __init__(self) -> None:
        self.wanted = False  # whether the run looks for drift at all
        self._hosts: dict[str, None] = {}  # the hosts to check, in the order of the inventory
        self._results: dict[str, list[Mapping[str, Any]]] = {}
        self._broken: dict[str, str] = {}
        self._trouble: dict[str, str] = {}

    def expect(self, hosts: Iterable[str]) -> None:
        self.wanted = True
        self._hosts.update(dict.fromkeys(hosts))

    def check(self, host: str, result: Mapping[str, Any]) -> None:
        """Record the result of a check, whether it passed or not."""
        self.expect([host])
        for part in _parts(result):
            if isinstance(part.get("findings"), list) and not part.get("unreachable"):
                self._results.setdefault(host, []).append(part)
            elif part.get("skipped"):
                self._trouble.setdefault(host, SKIPPED)
            else:
                self._broken.setdefault(host, message(part))

    def unreachable(self, host: str, result: Mapping[str, Any]) -> None:
        """Record that the check itself was not possible."""
        self.expect([host])
        self._broken.setdefault(host, message(result))

    def trouble(self, host: str, task: str, result: Mapping[str, Any]) -> None:
        """Record that another task failed, which may be why the host was not checked."""
        self._trouble.setdefault(host, f"{task}: {message(result)}" if task else message(result))

    def report(self, started: str) -> Optional[Report]:
        """Return the report; None if the run does not look for drift."""
        if not self.wanted:
            return None
        # If the run ended before the play that checks, only the hosts that failed are known.
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
    """Yield the results of a loop's items, or the single result."""
    items = result.get("results")
    if "findings" not in result and isinstance(items, list) and items:
        yield from (item for item in items if isinstance(item, Mapping))
    else:
        yield result
