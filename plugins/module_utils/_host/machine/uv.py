# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find and install `uv`: a single binary, from the wheel that pip downloads."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import DesiredFile
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.uv import (
    BUILD_PREFIX,
    LINK,
    RECORD,
    ROOT,
    Recorded,
    UvPlan,
    UvState,
    directory,
    plan_uv,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.exclusive import exclusive
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import (
    replace_symlink,
    sync_directory,
    write_file,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner

# Not --isolated, which would ignore PIP_INDEX_URL too. The hash decides what may come, from wherever it comes.
PIP = (
    "-I", "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-cache-dir",
    "--no-compile", "--no-deps", "--only-binary=:all:", "--require-hashes",
)  # fmt: skip


def look(version: str) -> UvPlan:
    """Return the plan for this version."""
    try:
        entries = frozenset(os.listdir(ROOT))
    except FileNotFoundError:
        return plan_uv(version, UvState())
    link = os.readlink(LINK) if os.path.islink(LINK) else ""
    complete = frozenset({version} if _is_as_installed(f"{ROOT}/{directory(version)}") else ())
    return plan_uv(version, UvState(entries, link, complete))


def _is_as_installed(place: str) -> bool:
    """Whether the binary is the one that was verified. It is read only if its file was touched since."""
    try:
        with open(f"{place}/{RECORD}", encoding="utf-8") as stream:
            recorded = Recorded.read(json.load(stream))
        status = os.lstat(f"{place}/uv")
    except (OSError, ValueError):
        return False
    if recorded is None or status.st_size != recorded.size or not os.access(f"{place}/uv", os.X_OK):
        return False
    return status.st_ctime_ns == recorded.changed or _sha256(f"{place}/uv") == recorded.sha256


def _sha256(path: str) -> str:
    seen = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            seen.update(block)
    return seen.hexdigest()


def apply(plan: UvPlan, hashes: Sequence[str], python: str, env: Mapping[str, str], runner: Runner) -> None:
    """Install the version, link it, and remove others. Raise HostError if it cannot be installed."""
    if not os.path.isdir(ROOT):
        os.makedirs(ROOT)
        # Regardless of this run's umask, the apps' users must be able to enter it.
        os.chmod(ROOT, 0o755)
    with exclusive(ROOT):
        # Another run may have done the work while this one waited for the lock.
        plan = look(plan.version)
        if plan.install:
            _install(plan.version, hashes, python, env, runner)
        if plan.link:
            replace_symlink(LINK, f"{directory(plan.version)}/uv")
        for name in plan.remove:
            path = f"{ROOT}/{name}"
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            elif os.path.lexists(path):
                os.unlink(path)


def _install(version: str, hashes: Sequence[str], python: str, env: Mapping[str, str], runner: Runner) -> None:
    """Build in a temporary directory and rename the result; the next run removes what a killed run leaves behind."""
    build = tempfile.mkdtemp(prefix=BUILD_PREFIX, dir=ROOT)
    try:
        cause = f"uv {version} could not be installed."
        runner.run([python, "-I", "-m", "venv", f"{build}/venv"], cause=cause, timeout=120)
        pinned = f"{build}/requirements.txt"
        with open(pinned, "w", encoding="ascii") as stream:
            stream.write(f"uv=={version}" + "".join(f" --hash=sha256:{one}" for one in hashes) + "\n")
        argv = [f"{build}/venv/bin/python", *PIP, "--target", f"{build}/wheel", "--requirement", pinned]
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
            " gunicorn_host_build_env; for wheels with other hashes, gunicorn_host_uv_hashes; to do without uv, set"
            " gunicorn_host_installer: pip.",
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
        status = os.fstat(handle)
    finally:
        os.close(handle)
    record = Recorded(_sha256(target), status.st_size, status.st_ctime_ns)
    write_file(DesiredFile(f"{aside}/{RECORD}", json.dumps(asdict(record)) + "\n"))
    sync_directory(aside)
    if os.path.lexists(final):
        shutil.rmtree(final)
    os.rename(aside, final)
    sync_directory(ROOT)
