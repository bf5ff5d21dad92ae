# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sources: what code was declared (its identity), and how it gets onto the host."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.app import App, Source
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.digest import digest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.archives import unpack
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.run import Runner

GIT_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
    "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
}
COMMIT = re.compile(r"[0-9a-f]{40}\Z")
UNWATCHED = {".git", ".hg", "__pycache__", "node_modules"}


class Sources:
    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def identify(
        self, app: App, given: Mapping[str, Any], manifests: Mapping[str, Mapping[str, Any]]
    ) -> tuple[Optional[str], dict[str, Any]]:
        """Return the identity of the declared source (None where it cannot be known yet) and what it resolves to."""
        source = app.source
        if source.kind == "packages":
            return digest({"packages": True}), {}
        if source.from_controller:
            return given["digest"], {"digest": given["digest"]}
        if source.kind == "path":
            return _path_identity(app)
        if source.kind == "archive":
            return digest({"archive": source.value, "checksum": source.checksum}), {"url": source.value}
        commit, kind = self._commit(app, manifests)
        if not commit:
            return None, {}
        return digest({"git": source.value, "commit": commit}), {"commit": commit, "ref": kind, "version": source.version}

    def _commit(self, app: App, manifests: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
        source = app.source
        if COMMIT.match(source.version):
            return source.version, "commit"
        for manifest in manifests.values():
            known = manifest.get("source", {})
            same = known.get("value") == source.value and known.get("version") == source.version
            if same and known.get("ref") == "tag" and not app.upgrade:
                return known["commit"], "tag"
        if not shutil.which("git"):
            return "", ""
        where = f"gunicorn_apps.{app.name}.source"
        listed = self._runner.run(
            ["git", "ls-remote", "--", source.value, source.version, f"{source.version}^{{}}"],
            check=False,
            env=GIT_ENVIRONMENT,
            timeout=60,
            cause=f"{where}.git: {source.value} did not answer.",
        )
        if listed.rc != 0:
            raise HostError(f"{where}.git: cannot read {source.value}.", listed.tail)
        refs = {ref: commit for commit, _, ref in (line.partition("\t") for line in listed.out.splitlines())}
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

    def fetch(self, app: App, resolved: Mapping[str, Any], upload: str, directory: str) -> None:
        """Bring the source into the directory."""
        source = app.source
        if source.kind == "git":
            self._fetch_git(app, resolved["commit"], directory)
        elif source.is_wheel:
            archive = upload or self._download(app, directory)
            os.rename(archive, f"{directory}/{wheel_name(source)}") if not upload else shutil.copyfile(
                archive, f"{directory}/{wheel_name(source)}"
            )
        elif upload:
            unpack(upload, directory, strip=source.kind == "archive")
        else:
            archive = self._download(app, directory)
            inner = f"{directory}/.content"
            os.mkdir(inner)
            unpack(archive, inner)
            os.unlink(archive)
            for name in os.listdir(inner):
                os.rename(f"{inner}/{name}", f"{directory}/{name}")
            os.rmdir(inner)
        if source.subdir and not os.path.isdir(f"{directory}/{source.subdir}"):
            raise HostError(f"gunicorn_apps.{app.name}.source.subdir: the source has no directory '{source.subdir}'.")

    def _fetch_git(self, app: App, commit: str, directory: str) -> None:
        source = app.source
        where = f"gunicorn_apps.{app.name}.source"

        def git(*words: str, check: bool = True) -> int:
            return self._runner.run(
                ["git", "-C", directory, *words],
                check=check,
                env=GIT_ENVIRONMENT,
                timeout=600,
                cause=f"{where}: cannot fetch {source.version} of {source.value}.",
            ).rc

        git("init", "--quiet")
        # Not every server hands out a commit by its name; then the branch or tag is fetched whole.
        if git("fetch", "--quiet", "--depth=1", "--", source.value, commit, check=False) != 0:
            git("fetch", "--quiet", "--tags", "--", source.value, "+refs/heads/*:refs/remotes/origin/*")
        git("checkout", "--quiet", "--detach", commit)
        shutil.rmtree(f"{directory}/.git")

    def _download(self, app: App, directory: str) -> str:
        source = app.source
        where = f"gunicorn_apps.{app.name}.source"
        path = f"{directory}/.download"
        seen = hashlib.sha256()
        try:
            with urllib.request.urlopen(source.value, timeout=60) as answer, open(path, "wb") as stream:
                for block in iter(lambda: answer.read(1 << 20), b""):
                    seen.update(block)
                    stream.write(block)
        except (urllib.error.URLError, ValueError, TimeoutError) as exc:
            raise HostError(f"{where}.archive: cannot download {source.value}.", str(exc)) from exc
        if source.checksum and source.checksum != f"sha256:{seen.hexdigest()}":
            raise HostError(
                f"{where}.checksum: {source.value} is not the declared file.",
                f"declared: {source.checksum}\ndownloaded: sha256:{seen.hexdigest()}",
            )
        return path


def wheel_name(source: Source) -> str:
    return source.value.split("?")[0].split("#")[0].rpartition("/")[2]


def _path_identity(app: App) -> tuple[str, dict[str, Any]]:
    """The real path and a fingerprint of its files: code that changes under a running process is a new release."""
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
            seen.update(f"{directory}/{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest({"path": seen.hexdigest()}), {"path": real}
