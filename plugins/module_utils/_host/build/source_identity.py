# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The identity of a declared source, without fetching it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.digest import digest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import Manifest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner

GIT_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
    "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
}
COMMIT = re.compile(r"[0-9a-f]{40}\Z")
UNWATCHED = {".git", ".hg", "__pycache__", "node_modules"}


def identify(
    runner: Runner, app: App, local_source: Mapping[str, Any], manifests: Mapping[str, Manifest]
) -> tuple[Optional[str], dict[str, Any]]:
    """Return the identity of the declared source (None without git on the host) and what it resolves to.

    Raise HostError if the repository, the version or the directory cannot be found.
    """
    source = app.source
    if source.kind == "packages":
        return digest({"packages": True}), {}
    if source.from_controller:
        return local_source["digest"], {"digest": local_source["digest"]}
    if source.kind == "path":
        return _path_identity(app)
    if source.kind == "archive":
        return digest({"archive": source.value, "checksum": source.checksum}), {"url": source.value}
    commit, kind = _commit(runner, app, manifests)
    if not commit:
        return None, {}
    return digest({"git": source.value, "commit": commit}), {"commit": commit, "ref": kind, "version": source.version}


def _commit(runner: Runner, app: App, manifests: Mapping[str, Manifest]) -> tuple[str, str]:
    source = app.source
    if COMMIT.match(source.version):
        return source.version, "commit"
    for manifest in manifests.values():
        known = manifest.source
        same = known.value == source.value and known.version == source.version
        if same and known.ref == "tag" and not app.upgrade:
            return known.commit, "tag"
    if not shutil.which("git"):
        return "", ""
    where = f"gunicorn_apps.{app.name}.source"
    listed = runner.run(
        ["git", "ls-remote", "--", source.value, source.version, f"{source.version}^{{}}"],
        check=False,
        env=GIT_ENVIRONMENT,
        timeout=60,
        cause=f"{where}.git: {source.value} did not answer.",
    )
    if listed.rc != 0:
        raise HostError(f"{where}.git: cannot read {source.value}.", listed.tail)
    refs = {ref: commit for commit, _tab, ref in (line.partition("\t") for line in listed.out.splitlines())}
    name = source.version
    for ref, kind in (
        (f"refs/tags/{name}^{{}}", "tag"),
        (f"refs/tags/{name}", "tag"),
        (f"refs/heads/{name}", "branch"),
        (name, "branch"),
    ):
        if ref in refs:
            return refs[ref], kind
    raise HostError(f"{where}.version: {source.value} has no branch or tag '{name}'.")


def _path_identity(app: App) -> tuple[str, dict[str, Any]]:
    """Return a fingerprint of the files and the real path: code that changes in place is a new release."""
    where = f"gunicorn_apps.{app.name}.source.path"
    real = os.path.realpath(app.source.value)
    if not os.path.isdir(real):
        raise HostError(f"{where}: there is no directory '{app.source.value}' on this host.")
    seen = hashlib.sha256(real.encode())
    for directory, names, files in os.walk(real):
        names[:] = sorted(name for name in names if name not in UNWATCHED)
        for name in sorted(files):
            if name.endswith((".pyc", ".log", ".sqlite3", ".sock", ".pid")):
                continue
            status = os.lstat(f"{directory}/{name}")
            seen.update(
                f"{directory}/{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode("utf-8", "surrogateescape")
            )
    return digest({"path": seen.hexdigest()}), {"path": real}
