# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetch a declared source onto the host: what an app brings is only touched in the unit, by the build user."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.source import Source
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base import errors
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build import (
    archives,
    compile_tree,
    copy_tree,
    download,
    fetch_worker,
    git,
    tidy,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.git_home import git_home
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system import trees
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.ownership import give
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.build_unit import Accounts, BuildUnit

CODE = (errors, trees, archives, compile_tree, copy_tree, download, git, tidy, fetch_worker)
LONGEST = 1500  # seconds
LARGEST_ANSWER = 1 << 20


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


def fetch(
    unit: BuildUnit, app: App, interpreter: str, resolved: Mapping[str, Any], upload: str, directory: str
) -> None:
    """Put the source into the directory. Raise HostError if it cannot be fetched or is not what was declared."""
    source = app.source
    where = f"gunicorn_apps.{app.name}.source"
    archive = ""
    if upload:
        archive = unit.path("archive")
        shutil.copyfile(upload, archive)
        os.chmod(archive, 0o644)
    request = {
        "kind": source.kind,
        "url": source.value,
        "commit": resolved.get("commit", ""),
        "checksum": source.checksum,
        "archive": archive,
        "wheel": wheel_name(source) if source.is_wheel else "",
        "strip": source.kind == "archive",
        "subdir": source.subdir,
        "scratch": "" if archive or source.kind == "git" else unit.directory("scratch"),
        "cause": f"cannot fetch {source.version} of {source.value}.",
    }
    give(directory, unit.user)
    if source.kind != "git":
        _work(unit, interpreter, where, {**request, "directory": directory}, directory, network=not archive)
        return
    with git_home(app.layout.build_home, unit.user, source.value) as home:
        local = _local_path(source.value)
        _work(
            unit,
            interpreter,
            where,
            {**request, "directory": directory},
            directory,
            network=not local,
            env={"HOME": home},
            writable=(home,),
            readable=(local,) if local else (),
        )


def copy(
    unit: BuildUnit,
    where: str,
    interpreter: str,
    source: str,
    directory: str,
    user: str = "",
    drop_links: bool = False,
) -> None:
    """Copy a source into an empty directory of the build user's. Raise HostError.

    A source that somebody else manages is read by the service's `user`, so that no right is lent to its owner. Links in
    it that lead outside are refused, or left out with `drop_links`.
    """
    if user:
        between = unit.directory("copy")
        give(between, user)
        accounts = Accounts(user)
        request = {"kind": "copy", "path": source, "directory": between, "foreign": True, "drop_links": drop_links}
        _work(unit, interpreter, where, request, between, readable=(source,), accounts=accounts)
        source = between
    give(directory, unit.user)
    request = {"kind": "copy", "path": source, "directory": directory, "foreign": False}
    _work(unit, interpreter, where, request, directory, readable=(source,))


def _work(
    unit: BuildUnit,
    interpreter: str,
    where: str,
    request: Mapping[str, Any],
    directory: str,
    writable: tuple[str, ...] = (),
    **options: Any,
) -> None:
    """Run the worker in the unit. Raise HostError if it refuses the source."""
    code = unit.code(*CODE)
    path = unit.file("request.json", json.dumps(request))
    start = f"import sys; sys.path.insert(0, {code!r}); from {fetch_worker.__name__} import main; main({path!r})"
    done = unit.run(
        [interpreter, "-I", "-c", start],
        cause=f"{where}: the source could not be brought in.",
        directory="/",
        writable=[directory, *writable],
        limit=LONGEST,
        **options,
    )
    answer = _answer(done.out)
    if answer:
        between = "" if answer["cause"].startswith(".") else ": "  # the cause may begin with the key that is wrong
        raise HostError(f"{where}{between}{answer['cause']}", answer["evidence"])


def _answer(text: str) -> dict[str, str]:
    """Return the worker's answer; it ran beside hostile files, so it is not trusted to be well-formed."""
    try:
        answer = json.loads(text[:LARGEST_ANSWER])
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise HostError("The source could not be brought in: what the build unit reported is not readable.")
    if not answer:
        return {}
    return {key: str(answer.get(key, ""))[:8000] for key in ("cause", "evidence")}


def _local_path(url: str) -> str:
    """Return the directory of a repository on this host, which must be shown to the unit; '' for any other."""
    if url.startswith("/"):
        return url
    return url2pathname(urlsplit(url).path) if url.startswith("file://") else ""


def wheel_name(source: Source) -> str:
    return source.value.split("?")[0].split("#")[0].rpartition("/")[2]
