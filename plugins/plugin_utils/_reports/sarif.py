# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drift report as SARIF 2.1.0, which GitHub shows as code scanning alerts."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import SEVERITIES, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.kinds import KINDS
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.report import HostReport, Report, sentence
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.text import visible

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://github.com/wsgiops/wsgiops.gunicorn"


def sarif(report: Report) -> str:
    """Return the report, without ignored findings: GitHub has no suppressions and would open alerts for them."""
    found = [(host, finding) for host in report.hosts for finding in host.findings]
    rules = _rules(finding for _host, finding in found)
    positions = {rule["id"]: position for position, rule in enumerate(rules)}
    seen: Counter[str] = Counter()
    results = []
    for host, finding in found:
        digest = fingerprint(host, finding)
        seen[digest] += 1
        results.append(_result(host, finding, positions, f"{digest}:{seen[digest]}"))
    driver = {"name": f"{report.collection}.drift", "informationUri": HOME, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(report)],
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def fingerprint(host: HostReport, finding: Finding) -> str:
    """Return a fingerprint that stays the same while the values change, so that the same drift remains one alert."""
    identity = json.dumps([host.name, finding.app, finding.kind, finding.subject])
    return hashlib.sha256(identity.encode()).hexdigest()[:16]


def artifact(host: HostReport, finding: Finding) -> str:
    """Return a relative path of host and subject, because GitHub only shows alerts that belong to a file."""
    parts = [host.name, *(finding.subject or finding.app or "host").split("/")]
    # A reader that resolves dots would leave the host's directory.
    return "/".join(quote(visible(part), safe="") for part in parts if part not in ("", ".", "..")) or "host"


def _rules(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    levels: dict[str, list[str]] = {}
    for finding in findings:
        levels.setdefault(_rule(finding), []).append(finding.severity)
    return [
        {
            "id": kind,
            "shortDescription": {"text": f"Drift: {KINDS.get(kind, kind)}"},
            "defaultConfiguration": {"level": min(severities, key=SEVERITIES.index)},
            "helpUri": f"{HOME}/blob/main/docs/drift.md",
            "properties": {"tags": ["drift"]},
        }
        for kind, severities in sorted(levels.items())
    ]


def _rule(finding: Finding) -> str:
    return visible(finding.kind) or "unknown"


def _result(host: HostReport, finding: Finding, positions: dict[str, int], digest: str) -> dict[str, Any]:
    location = {"artifactLocation": {"uri": artifact(host, finding)}, "region": {"startLine": 1}}
    return {
        "ruleId": _rule(finding),
        "ruleIndex": positions[_rule(finding)],
        "level": finding.severity,
        "message": {"text": f"{visible(host.name)}: {sentence(finding)}"},
        "locations": [{"physicalLocation": location}],
        # The only name that GitHub reads. Without it, it would hash a file that is not in the repository.
        "partialFingerprints": {"primaryLocationLineHash": digest},
    }


def _invocation(report: Report) -> dict[str, Any]:
    unchecked = [
        _notification("error", f"{host.name}: not checked: {host.why}")
        for host in report.hosts
        if host.status == "unchecked"
    ]
    expired = [
        _notification("warning", f"{host.name}: {one.expired()}") for host in report.hosts for one in host.expired
    ]
    invocation: dict[str, Any] = {
        "executionSuccessful": not unchecked,
        "toolExecutionNotifications": unchecked + expired,
    }
    return {**invocation, "startTimeUtc": report.started} if report.started else invocation


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": visible(text)}}
