# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring a host into its declared state: inspect everything, then change what differs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import INSTALL_PACKAGE, Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import warnings_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.limits import PATH as LIMITS_PATH
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.limits import plan_limits
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.plan import HOST, refuse_unavailable
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.build_env import secrets_of, with_ca_bundle
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.options import HostSpec, host_spec
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.platform import pick
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.uv import LINK
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.kernel import sysctl, tmpfs
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.machine import packages, uv
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.machine.platform import os_release
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import Options
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import apply_changes, read_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd


def run(options: Options, check_mode: bool) -> Result:
    """Return the result, with the completed changes if the run failed. Raise InputError for an invalid declaration."""
    spec = host_spec(options)
    done: list[Change] = []
    try:
        result = _converge(spec, options["platforms"], check_mode, Runner(), done)
    except HostError as exc:
        result = Result(changes=done, failure=exc.failure)
    result.secrets = tuple(secrets_of(spec.build_env))
    return result


def _converge(
    spec: HostSpec, platforms: Mapping[str, Any], check_mode: bool, runner: Runner, done: list[Change]
) -> Result:
    """Return the result; in check mode it is the same as that of a real run.

    Completed changes are added to `done`, for the report of a run that fails halfway.
    """
    platform = pick(platforms, os_release())
    missing = packages.missing([*platform["packages"], *spec.packages], platform["package_manager"], runner)
    limits = plan_limits(spec.limits, read_file(LIMITS_PATH))
    limits_changes = [limits.change("limits-file")] if limits else []
    kernel = sysctl.look(HOST, spec.sysctl)
    worker_tmp = tmpfs.look(spec.worker_tmp)
    installer = uv.look(spec.uv_version) if spec.uv_version else None
    if spec.sysctl_unavailable == "fail":
        refuse_unavailable(kernel, "gunicorn_host_sysctl_unavailable")

    if missing and not check_mode:
        return Result(changes=[], needs={"packages": missing})
    if not check_mode:
        # The step that needs the network comes last, so that its failure does not prevent the others.
        apply_changes([limits] if limits else [])
        done += limits_changes
        sysctl.apply(kernel, spec.sysctl)
        done += kernel.changes
        tmpfs.apply(worker_tmp, spec.worker_tmp, Systemd(runner))
        done += worker_tmp.changes
        if installer and installer.changes:
            uv.apply(installer, spec.uv_hashes, platform["python"], _build_env(spec, platform), runner)

    changes = [Change(INSTALL_PACKAGE, name, kind="package-missing") for name in missing]
    changes += [*limits_changes, *kernel.changes, *worker_tmp.changes, *(installer.changes if installer else [])]
    diffs = [change.diff() for change in (limits, kernel.file, *worker_tmp.files) if change]
    diffs += [change.diff() for change in kernel.live] + (installer.diffs if installer else [])
    values = {
        "sysctl": kernel.report,
        "reasons": [*kernel.reasons, *worker_tmp.reasons],
        "worker_tmp_dir": spec.worker_tmp.path if spec.worker_tmp else "",
        "uv": {"path": LINK, "version": installer.version} if installer else {},
    }
    findings = [*kernel.findings, *kernel.unavailable]
    return Result(values, changes, diffs, findings, warnings_of(findings))


def _build_env(spec: HostSpec, platform: Mapping[str, Any]) -> dict[str, str]:
    bundle = str(platform["ca_bundle"])
    return with_ca_bundle(spec.build_env, bundle if os.path.exists(bundle) else "")
