# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drift report as JSON, for programs. docs/drift-reports.md describes every key; FORMAT grows when one changes."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.report import HostReport, Report

FORMAT = 1


def as_json(report: Report) -> str:
    document = {
        "format": FORMAT,
        "collection": report.collection,
        "started": report.started,
        "hosts": [_host(host) for host in report.hosts],
        "unused": [asdict(one) for one in report.unused()],
        "summary": report.summary(),
    }
    return json.dumps(document, indent=2) + "\n"


def _host(host: HostReport) -> dict[str, Any]:
    return {
        "name": host.name,
        "status": host.status,
        "why": host.why,
        "findings": [one._asdict() for one in host.findings],
        "ignored": [{**one.finding._asdict(), "reason": one.reason, "until": one.until} for one in host.ignored],
        "expired": [asdict(one) for one in host.expired],
        "unused": [asdict(one) for one in host.unused],
        "checked": list(host.checked),
    }
