# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drift report as a table for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import Finding
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.report import HostReport, Ignored, Report
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.text import clipped, counted, visible

INDENT = " " * 14


def table(report: Report) -> str:
    """Return the findings by host and then by app; the last line has the totals."""
    lines = ["DRIFT REPORT"]
    for host in report.hosts:
        lines += _host(host)
    lines += [clipped(entry.unused()) for entry in report.unused()]
    return "\n".join([*lines, totals(report)])


def totals(report: Report) -> str:
    """Return the totals. Hosts that were not checked are counted separately, never as clean."""
    count = report.summary()
    hosts = f"{count['clean']} clean, {count['drift']} drifted, {count['unchecked']} not checked"
    found = ", ".join(counted(count[f"{name}s"], name) for name in ("error", "warning", "note"))
    idle = [f", {counted(count[name], f'{name} ignore')}" for name in ("expired", "unused") if count[name]]
    return f"{counted(count['hosts'], 'host')}: {hosts}; {found}, {count['ignored']} ignored{''.join(idle)}"


def headline(host: HostReport) -> str:
    extra = f" ({len(host.ignored)} ignored)" if host.ignored else ""
    if host.status == "unchecked":
        return f"NOT CHECKED: {clipped(host.why, 500)}"
    if host.status == "clean":
        notes = f", {counted(len(host.findings), 'note')}" if host.findings else ""
        return f"clean{notes}{extra}"
    return f"{counted(len(host.findings), 'finding')}{extra}"


def _host(host: HostReport) -> Iterator[str]:
    yield f"{visible(host.name)}: {headline(host)}"
    entries = [*((one, None) for one in host.findings), *((one.finding, one) for one in host.ignored)]
    # Ignored findings are only listed next to others; the headline already has their number.
    if not host.findings:
        entries = []
    entries.sort(key=lambda entry: entry[0].app)
    for app, group in groupby(entries, key=lambda entry: entry[0].app):
        yield f"  {visible(app) or 'host'}"
        for finding, ignored in group:
            yield from _finding(finding, ignored)
    for one in host.expired:
        yield f"  {clipped(one.expired())}"


def _finding(finding: Finding, ignored: Optional[Ignored]) -> Iterator[str]:
    label = "ignored" if ignored else finding.severity
    yield f"    {label:<8}  {clipped(finding.kind)}  {clipped(finding.subject)}".rstrip()
    if ignored:
        yield f"{INDENT}{clipped(ignored.because())}"
        return
    for name, value in finding.states():
        yield f"{INDENT}{name:<8}  {clipped(value)}"
    if finding.fix:
        yield f"{INDENT}fix       {clipped(finding.fix)}"
