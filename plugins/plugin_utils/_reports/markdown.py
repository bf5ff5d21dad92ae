# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drift report as Markdown, for a merge request or a job summary."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import Finding
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.report import HostReport, Report
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.table import totals
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.text import clipped, counted

# GitHub accepts comments of up to 65,536 characters, and rejects longer ones entirely.
LIMIT = 60_000
PLAIN = frozenset(" -/.=,")
STATUS = {"clean": "clean", "drift": "**drift**", "unchecked": "**not checked**"}


def markdown(report: Report) -> str:
    lines = [f"## Drift: {totals(report)}", ""]
    lines += ["| host | status | findings | ignored | why |", "|---|---|---|---|---|"]
    lines += [_overview(host) for host in report.hosts]
    for host in report.hosts:
        lines += _host(host)
    unused = [f"* {quoted(entry.unused())}" for entry in report.unused()]
    lines += ["", *unused] if unused else []
    return _cut(lines)


def quoted(text: str) -> str:
    """Return the text as code, in which @names and #numbers have no effect; entities keep it from breaking out."""
    shown = "".join(
        one if one.isalnum() or one in PLAIN or ord(one) > 126 else f"&#{ord(one)};" for one in clipped(text)
    )
    return f"<code>{shown.replace('www.', 'www&#46;')}</code>" if shown else ""


def _overview(host: HostReport) -> str:
    return _row(
        quoted(host.name), STATUS[host.status], str(len(host.findings)), str(len(host.ignored)), quoted(host.why)
    )


def _host(host: HostReport) -> Iterator[str]:
    if not (host.findings or host.ignored or host.expired):
        return
    yield from ("", f"### {quoted(host.name)}", "")
    if host.findings:
        yield "| severity | app | kind | subject | declared | on disk | running | since | fix |"
        yield "|---|---|---|---|---|---|---|---|---|"
    for one in host.findings:
        yield _row(one.severity, *_cells(one), *map(quoted, (one.declared, one.disk, one.running, one.since, one.fix)))
    if host.ignored:
        yield from ("", "| ignored app | kind | subject | reason | until |", "|---|---|---|---|---|")
    for ignored in host.ignored:
        yield _row(*_cells(ignored.finding), quoted(ignored.reason), quoted(ignored.until))
    if host.expired:
        yield ""
    for expired in host.expired:
        yield f"* {quoted(expired.expired())}"


def _cells(finding: Finding) -> tuple[str, str, str]:
    return (quoted(finding.app), quoted(finding.kind), quoted(finding.subject))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cut(lines: list[str]) -> str:
    size = 0
    for position, line in enumerate(lines):
        size += len(line) + 1
        if size > LIMIT:
            rest = f"{counted(len(lines) - position, 'more line')}: see the other formats for the complete report."
            return "\n".join([*lines[:position], "", rest]) + "\n"
    return "\n".join(lines) + "\n"
