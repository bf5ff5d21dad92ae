# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring kernel settings into their declared state, both live and in a separate sysctl.d file."""

from __future__ import annotations

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import warnings_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.options import (
    kept_live,
    refuse_foreign,
    sysctl_spec,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.plan import refuse_unavailable
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.kernel import sysctl
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import Options
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import read_file


def run(options: Options, check_mode: bool) -> Result:
    """Return the result; in check mode it is the same as that of a real run. Raise InputError or HostError."""
    spec = sysctl_spec(options)
    refuse_foreign(spec.owner.path, read_file(spec.owner.path))
    plan = sysctl.look(spec.owner, spec.settings)
    if spec.strict:
        refuse_unavailable(plan, "unavailable")
    if not check_mode:
        sysctl.apply(plan, spec.settings)
    findings = [*plan.findings, *plan.unavailable]
    values = {"file": spec.owner.path, "sysctl": plan.report, "reasons": [*plan.reasons, *kept_live(plan)]}
    diff = [change.diff() for change in (plan.file, *plan.live) if change]
    return Result(values, plan.changes, diff, findings, warnings_of(findings))
