# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values that every drift report is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import SEVERITIES, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.accepted import Accepted
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.text import visible

COLLECTION = "wsgiops.gunicorn"


def sentence(finding: Finding) -> str:
    """Return a finding in a single line."""
    states = ", ".join(f"{name}: {value}" for name, value in finding.states())
    parts = filter(None, (finding.title(), states, finding.fix and f"fix: {finding.fix}"))
    return visible("; ".join(parts))


@dataclass(frozen=True)
class Ignored:
    finding: Finding
    reason: str = ""
    until: str = ""

    def because(self) -> str:
        return (self.reason or "no reason given") + (f" (until {self.until})" if self.until else "")


@dataclass(frozen=True)
class Entry:
    """An entry of the ignore list that has no effect: its date has passed, or it matches nothing."""

    kind: str = ""
    app: str = ""
    subject: str = ""
    reason: str = ""
    until: str = ""

    def matches(self, finding: Finding) -> bool:
        return Accepted(self.kind, self.subject, self.app, self.reason, self.until).matches(finding)

    def expired(self) -> str:
        return visible(f"no longer ignored since {self.until}: {self._name()} ({self._reason()})")

    def unused(self) -> str:
        """Return a text that is also true if a host could not be checked: that host may need the entry."""
        until = f", until {self.until}" if self.until else ""
        return visible(f"matches nothing on the hosts that were checked: {self._name()} ({self._reason()}{until})")

    def _name(self) -> str:
        return " ".join(one for one in (self.app, self.kind, self.subject) if one not in ("", "*")) or "anything"

    def _reason(self) -> str:
        return self.reason or "no reason given"


@dataclass(frozen=True)
class HostReport:
    name: str
    findings: Sequence[Finding] = ()
    ignored: Sequence[Ignored] = ()
    expired: Sequence[Entry] = ()
    unused: Sequence[Entry] = ()
    checked: Sequence[str] = ()
    why: str = ""  # why it was not checked, or not completely

    @property
    def status(self) -> str:
        if self.why:
            return "unchecked"
        return "drift" if any(one.severity != "note" for one in self.findings) else "clean"


@dataclass(frozen=True)
class Report:
    hosts: Sequence[HostReport] = ()
    started: str = ""
    collection: str = field(default=COLLECTION)

    def unused(self) -> list[Entry]:
        """Return the entries that match nothing on any host; all hosts share the list, so few entries match on each."""
        entries = dict.fromkeys(one for host in self.hosts for one in host.unused)
        ignored = [one.finding for host in self.hosts for one in host.ignored]
        return [entry for entry in entries if not any(map(entry.matches, ignored))]

    def summary(self) -> dict[str, int]:
        status = [host.status for host in self.hosts]
        severity = [finding.severity for host in self.hosts for finding in host.findings]
        return {
            "hosts": len(status),
            **{name: status.count(name) for name in ("clean", "drift", "unchecked")},
            **{f"{name}s": severity.count(name) for name in SEVERITIES},
            "ignored": sum(len(host.ignored) for host in self.hosts),
            "expired": sum(len(host.expired) for host in self.hosts),
            "unused": len(self.unused()),
        }


def host_report(name: str, results: Iterable[Mapping[str, Any]], why: str = "") -> HostReport:
    """Return one host's part of the report, from the results of all its checks."""
    results = list(results)
    findings = [finding(one) for one in _all(results, "findings")]
    ignored = [
        Ignored(finding(one), _text(one.get("reason")), _text(one.get("until"))) for one in _all(results, "ignored")
    ]
    return HostReport(
        name,
        sorted(findings, key=Finding.order),
        sorted(ignored, key=lambda one: one.finding.order()),
        _entries(results, "expired"),
        _entries(results, "unused"),
        [_text(one) for result in results for one in result.get("checked") or ()],
        why,
    )


def finding(values: Mapping[str, Any]) -> Finding:
    """Return the finding from a module's result."""
    texts = {"kind": "", "subject": "", **_texts(values, Finding._fields)}
    # An unknown severity must not make a finding look harmless.
    if texts.get("severity") not in SEVERITIES:
        texts["severity"] = "error"
    return Finding(**texts)


def _all(results: Iterable[Mapping[str, Any]], key: str) -> list[Mapping[str, Any]]:
    entries = [one for result in results for one in result.get(key) or ()]
    return [one if isinstance(one, Mapping) else {"kind": "unknown", "subject": _text(one)} for one in entries]


def _entries(results: Iterable[Mapping[str, Any]], key: str) -> list[Entry]:
    entries = [Entry(**_texts(one, Entry.__dataclass_fields__)) for one in _all(results, key)]
    return sorted(entries, key=lambda one: (one.app, one.kind, one.subject))


def _texts(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    return {name: _text(values[name]) for name in names if name in values}


def _text(value: Any) -> str:
    return "" if value is None else str(value)
