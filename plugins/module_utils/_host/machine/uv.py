# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find and install `uv`: a single binary, from the wheel that pip downloads."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.uv import (
    BUILD_PREFIX,
    LINK,
    ROOT,
    UvPlan,
    UvState,
    directory,
    plan_uv,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.exclusive import exclusive
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import replace_symlink, sync_directory
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner

PIP = (
    "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-cache-dir", "--no-compile",
    "--no-deps", "--only-binary=:all:",
)  # fmt: skip


def look(version: str) -> UvPlan:
    """Return the plan for this version."""
    try:
        entries = frozenset(os.listdir(ROOT))
    except FileNotFoundError:
        return plan_uv(version, UvState())
    link = os.readlink(LINK) if os.path.islink(LINK) else ""
    complete = frozenset({version} if _can_run(f"{ROOT}/{directory(version)}/uv") else ())
    return plan_uv(version, UvState(entries, link, complete))


def _can_run(path: str) -> bool:
    return os.path.isfile(path) and os.path.getsize(path) > 0 and os.access(path, os.X_OK)


def apply(plan: UvPlan, python: str, env: Mapping[str, str], runner: Runner) -> None:
    """Install the version, link it, and remove others. Raise HostError if it cannot be installed."""
    if not os.path.isdir(ROOT):
        os.makedirs(ROOT)
        # Regardless of this run's umask, the apps' users must be able to enter it.
        os.chmod(ROOT, 0o755)
    with exclusive(ROOT):
        # Another run may have done the work while this one waited for the lock.
        plan = look(plan.version)
        if plan.install:
            _install(plan.version, python, env, runner)
        if plan.link:
            replace_symlink(LINK, f"{directory(plan.version)}/uv")
        for name in plan.remove:
            path = f"{ROOT}/{name}"
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            elif os.path.lexists(path):
                os.unlink(path)


def _install(version: str, python: str, env: Mapping[str, str], runner: Runner) -> None:
    """Build in a temporary directory and rename the result; the next run removes what a killed run leaves behind."""
    build = tempfile.mkdtemp(prefix=BUILD_PREFIX, dir=ROOT)
    try:
        cause = f"uv {version} could not be installed."
        runner.run([python, "-m", "venv", f"{build}/venv"], cause=cause, timeout=120)
        argv = [f"{build}/venv/bin/python", *PIP, "--target", f"{build}/wheel", f"uv=={version}"]
        runner.run(argv, env=env, cause=cause, timeout=600)
        cause = f"uv {version} does not run on this host."
        output = runner.run([f"{build}/wheel/bin/uv", "--version"], cause=cause).out
        if version not in output.split():
            raise HostError(f"pip was to install uv {version}, but installed another version.", output)
        _move_in(f"{build}/wheel/bin/uv", f"{build}/{directory(version)}", f"{ROOT}/{directory(version)}")
    except HostError as exc:
        raise HostError(
            exc.cause,
            exc.evidence,
            "Installed versions of uv were not changed. For a mirror, a proxy or a private CA, set"
            " gunicorn_host_build_env; to do without uv, set gunicorn_host_installer: pip.",
        ) from exc
    finally:
        shutil.rmtree(build, ignore_errors=True)


def _move_in(binary: str, aside: str, final: str) -> None:
    os.mkdir(aside)
    os.chmod(aside, 0o755)
    target = f"{aside}/uv"
    os.rename(binary, target)
    os.chmod(target, 0o755)
    handle = os.open(target, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    sync_directory(aside)
    if os.path.lexists(final):
        shutil.rmtree(final)
    os.rename(aside, final)
    sync_directory(ROOT)
