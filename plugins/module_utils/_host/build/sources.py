# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetch a declared source onto the host."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import Any
from urllib.request import build_opener

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.source import Source
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.archives import unpack
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.source_identity import GIT_ENVIRONMENT
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner


@contextlib.contextmanager
def uploaded(upload: str, content: str) -> Iterator[str]:
    """Yield the path of what the controller sent: an uploaded file, or one that was sent inline as Base64."""
    if upload or not content:
        yield upload
        return
    with tempfile.NamedTemporaryFile(prefix="gunicorn-") as archive:
        archive.write(base64.b64decode(content))
        archive.flush()
        yield archive.name


def fetch(runner: Runner, app: App, resolved: Mapping[str, Any], upload: str, directory: str) -> None:
    """Put the source into the directory. Raise HostError if it cannot be fetched or is not what was declared."""
    source = app.source
    if source.kind == "git":
        _fetch_git(runner, app, resolved["commit"], directory)
    elif source.is_wheel:
        archive = upload or _download(app, directory)
        os.rename(archive, f"{directory}/{wheel_name(source)}") if not upload else shutil.copyfile(
            archive, f"{directory}/{wheel_name(source)}"
        )
    elif upload:
        unpack(upload, directory, strip=source.kind == "archive")
    else:
        archive = _download(app, directory)
        inner = f"{directory}/.content"
        os.mkdir(inner)
        unpack(archive, inner)
        os.unlink(archive)
        for name in os.listdir(inner):
            os.rename(f"{inner}/{name}", f"{directory}/{name}")
        os.rmdir(inner)
    if source.subdir and not os.path.isdir(f"{directory}/{source.subdir}"):
        raise HostError(f"gunicorn_apps.{app.name}.source.subdir: the source has no directory '{source.subdir}'.")


def _fetch_git(runner: Runner, app: App, commit: str, directory: str) -> None:
    source = app.source
    where = f"gunicorn_apps.{app.name}.source"

    def git(*words: str, check: bool = True) -> int:
        return runner.run(
            ["git", "-C", directory, *words],
            check=check,
            env=GIT_ENVIRONMENT,
            timeout=600,
            cause=f"{where}: cannot fetch {source.version} of {source.value}.",
        ).rc

    git("init", "--quiet")
    # Not every server allows fetching a commit by its id; then fetch all branches and tags.
    if git("fetch", "--quiet", "--depth=1", "--", source.value, commit, check=False) != 0:
        git("fetch", "--quiet", "--tags", "--", source.value, "+refs/heads/*:refs/remotes/origin/*")
    git("checkout", "--quiet", "--detach", commit)
    shutil.rmtree(f"{directory}/.git")


def _download(app: App, directory: str) -> str:
    source = app.source
    where = f"gunicorn_apps.{app.name}.source"
    path = f"{directory}/.download"
    seen = hashlib.sha256()
    try:
        # The standard library's opener uses the host's proxies and certificates, like Ansible's open_url.
        # The latter would slow every run down, because everything that a module may import is packed into its payload.
        with build_opener().open(source.value, timeout=60) as answer, open(path, "wb") as stream:
            for block in iter(lambda: answer.read(1 << 20), b""):
                seen.update(block)
                stream.write(block)
    except (OSError, ValueError, HTTPException) as exc:
        raise HostError(f"{where}.archive: cannot download {source.value}.", str(exc)) from exc
    if source.checksum and source.checksum != f"sha256:{seen.hexdigest()}":
        raise HostError(
            f"{where}.checksum: {source.value} is not the declared file.",
            f"declared: {source.checksum}\ndownloaded: sha256:{seen.hexdigest()}",
        )
    return path


def wheel_name(source: Source) -> str:
    return source.value.split("?")[0].split("#")[0].rpartition("/")[2]
