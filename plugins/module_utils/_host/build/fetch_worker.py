# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring a source into its layer. Runs in the unit as the build user, with the app's own interpreter.

It reads its request from a JSON file and prints its answer as JSON: {}, or {cause, evidence} if it refuses the source.
"""

from __future__ import annotations

import json
import os
import py_compile
import sys
from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.archives import unpack
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.compile_tree import compile_tree
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.copy_tree import copy_file, copy_tree
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.git import check_out
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.tidy import tidy

OWN_TOOLS = (".venv", "venv", ".tox", ".nox")  # of whoever works in that directory; they cannot be moved


def main(path: str) -> None:
    with open(path, encoding="utf-8") as stream:
        request = json.load(stream)
    answer = {}
    try:
        bring(request)
    except HostError as exc:
        answer = {"cause": exc.cause, "evidence": exc.evidence}
    except Exception as exc:  # pylint: disable=broad-except  # a hostile source may cause any of them
        answer = {"cause": "The source cannot be used.", "evidence": f"{type(exc).__name__}: {exc}"}
    sys.stdout.write(json.dumps(answer) + "\n")


def bring(request: Mapping[str, Any]) -> None:
    """Fill the request's directory with its source, and compile it. Raise HostError if that is refused or fails."""
    directory, kind = request["directory"], request["kind"]
    if kind == "copy":
        copy_tree(request["path"], directory, skip=OWN_TOOLS if request["foreign"] else ())
        if request["foreign"]:
            tidy(directory, request["drop_links"])
        return
    if kind == "git":
        check_out(request, directory, os.environ)
    else:
        _archive(request, directory)
    tidy(directory)
    subdir = f"{directory}/{request['subdir']}"
    if not os.path.isdir(subdir):
        raise HostError(f".subdir: the source has no directory '{request['subdir']}'.")
    # The service cannot write bytecode next to the code. A file that does not compile fails the import later.
    compile_tree(directory, py_compile.PycInvalidationMode.UNCHECKED_HASH)


def _archive(request: Mapping[str, Any], directory: str) -> None:
    archive, name = request["archive"], request["wheel"]
    if name:
        path = f"{directory}/{name}"
        copy_file(archive, path) if archive else _download(request, path)
        return
    if archive:
        unpack(archive, directory, strip=request["strip"])
        return
    path = f"{request['scratch']}/download"
    _download(request, path)
    unpack(path, directory, strip=request["strip"])


def _download(request: Mapping[str, Any], path: str) -> None:
    # Its imports take longer than everything else that a source from the controller needs.
    from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.download import download

    download(request["url"], request["checksum"], path)
