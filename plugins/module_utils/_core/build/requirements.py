# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which packages an app requires, and which of the usual files lists them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.versions import at_least
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.digest import digest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.lock_file import logical_lines, nested_files
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.worker_class import class_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import Sizing

Reader = Callable[[str], Optional[str]]
FILES = ("uv.lock", "requirements.txt", "pyproject.toml")
PKG_RESOURCES = "setuptools<81"  # Gunicorn 20 imports pkg_resources, which later versions of setuptools lack


@dataclass(frozen=True)
class Requirements:
    """What to install. `kind` is list, file, pyproject, uv.lock or none; `file` is a path inside the source."""

    kind: str
    items: tuple[str, ...] = ()
    file: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """A digest that changes only if something else may be installed, not for a changed comment."""
        texts = {
            name: text if name.endswith(("pyproject.toml", "uv.lock")) else logical_lines(text)
            for name, text in self.texts.items()
        }
        return digest({"kind": self.kind, "items": self.items, "file": self.file, "texts": texts})


def needs_source(app: App) -> bool:
    """Whether files in the source decide which packages are installed."""
    in_source = app.source.kind in ("git", "archive", "local", "path") and not app.source.is_wheel
    return in_source and not isinstance(app.requirements, tuple) and not app.source.venv


def requirements(app: App, read: Reader, uv: bool = True) -> Requirements:
    """Return what to install; `read` returns the text of a file in the source, or None.

    Raise HostError if the declared requirements file is not in the source.
    """
    listed = app.requirements if isinstance(app.requirements, tuple) else ()
    if app.source.kind == "packages":
        return Requirements("list", (*app.source.value, *listed))
    if not needs_source(app):
        return Requirements("list" if listed else "none", listed)
    if isinstance(app.requirements, str):
        if read(app.requirements) is None:
            raise HostError(f"gunicorn_apps.{app.name}.requirements: the source has no file '{app.requirements}'.")
        return Requirements(_kind(app.requirements), file=app.requirements, texts=_texts(app.requirements, read))
    for name in FILES:
        text = read(name)
        if text is None or (name == "uv.lock" and not uv):
            continue
        if name == "pyproject.toml" and not re.search(r"^\s*\[project\]", text, re.MULTILINE):
            continue
        return Requirements(_kind(name), file=name, texts=_texts(name, read))
    return Requirements("none")


def _kind(file: str) -> str:
    return {"pyproject.toml": "pyproject", "uv.lock": "uv.lock"}.get(posixpath.basename(file), "file")


def _texts(file: str, read: Reader) -> dict[str, str]:
    """Return the texts of the file and of all files that it includes, by name."""
    texts: dict[str, str] = {}
    waiting = [file]
    while waiting:
        name = waiting.pop()
        text = read(name)
        if name in texts or text is None:
            continue
        texts[name] = text
        if not name.endswith(("pyproject.toml", "uv.lock")):
            waiting += [
                posixpath.normpath(posixpath.join(posixpath.dirname(name), item)) for item in nested_files(text)
            ]
    return texts


def gunicorn_requirements(app: App, sizings: Mapping[str, Sizing]) -> list[str]:
    """Return the requirements for Gunicorn itself and for the packages that its worker classes need."""
    kinds = [class_of(sizing.worker_class) for sizing in sizings.values()]
    extras = {*app.extras, *(kind.extra for kind in kinds if kind.extra)}
    others = {kind.package for kind in kinds if kind.package}
    for instance in app.instances:
        if instance.settings.get("proc_name"):
            extras.add("setproctitle")
    if app.gunicorn_version and not at_least(app.gunicorn_version, "21"):
        others.add(PKG_RESOURCES)
    name = "gunicorn" + (f"[{','.join(sorted(extras))}]" if extras else "")
    return [name + (f"=={app.gunicorn_version}" if app.gunicorn_version else ""), *sorted(others)]
