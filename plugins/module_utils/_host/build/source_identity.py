# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The identity of a declared source, without fetching it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Mapping
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.digest import digest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import Manifest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.git import GIT_ENVIRONMENT, SAFE
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.trees import OPEN, Entry, walk

COMMIT = re.compile(r"[0-9a-f]{40}\Z")
UNWATCHED = frozenset({".git", ".hg", "__pycache__", "node_modules"})
UNWATCHED_FILES = (".pyc", ".log", ".sqlite3", ".sock", ".pid")


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
        ["git", *SAFE, "ls-remote", "--", source.value, source.version, f"{source.version}^{{}}"],
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
    found = []
    top = os.open(real, OPEN)
    try:
        for one in walk(top, skip=UNWATCHED):
            if not one.name.endswith(UNWATCHED_FILES) and not _leads_to_directory(one):
                found.append((one.path.split("/"), one.status))
    except HostError as exc:
        raise HostError(f"{where}: {exc.cause}", exc.evidence) from exc
    finally:
        os.close(top)
    seen = hashlib.sha256(real.encode())
    # The order is part of the identity: in every directory the files first, then the directories.
    for parts, status in sorted(found, key=lambda one: [*((1, name) for name in one[0][:-1]), (0, one[0][-1])]):
        path = "/".join((real, *parts))
        seen.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest({"path": seen.hexdigest()}), {"path": real}


def _leads_to_directory(one: Entry) -> bool:
    """Return whether it is a directory, or a link to one; neither is a file that could change."""
    try:
        return stat.S_ISDIR(os.stat(one.name, dir_fd=one.directory).st_mode)
    except OSError:
        return False
