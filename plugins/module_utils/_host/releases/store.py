# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The releases of an app on disk. A store reads the manifests once, when they are first needed, and keeps track of what
is written through it. Code that has just taken the app's lock must start with a new store.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import DesiredFile
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import (
    APP_NAME,
    ROOT,
    Layout,
    credential_path,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import (
    FailureNote,
    Manifest,
    ManifestError,
    Unusable,
    checked_from_json,
    failure_from_json,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.release import Release, release_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.environment_file import parse_environment
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.parsed_unit import parse_unit
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.layers import recorded_files
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.tree import read_damaged
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.clock import iso, now
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import names_in, read_file, write_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.trees import remove_tree
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.users import user_id

MANIFEST = "manifest.json"
FAILED = "failed.json"  # next to the manifest of a release that was refused or rolled back: when, and why
CHECKED = "checked.json"  # what the import took, and the memory that the number of workers is calculated with


class Store:
    """The releases of one app."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._manifests: Optional[dict[str, Manifest]] = None
        self._unusable: dict[str, Unusable] = {}

    # ---- read --------------------------------------------------------------------------------------------------------

    @property
    def manifests(self) -> Mapping[str, Manifest]:
        """The manifests of all usable releases, by id; a release without a manifest does not exist."""
        if self._manifests is None:
            self._manifests = {}
            for name in release_names(self.layout):
                try:
                    self._manifests[name] = read_manifest(self.layout, name)
                except FileNotFoundError:
                    continue  # pruned just now
                except ManifestError as exc:
                    path = _path(self.layout, name, MANIFEST)
                    self._unusable[name] = Unusable(path, str(exc), _written(path), exc.newer)
        return self._manifests

    @property
    def unusable(self) -> Mapping[str, Unusable]:
        """Complete releases whose manifest is damaged or has a format that only a newer collection can read."""
        return self._unusable if self.manifests is not None else {}

    def current(self) -> str:
        """Return the release that the last finished deploy made live, or ''."""
        return current_release(self.layout.current)

    def release(self, release: str) -> Optional[Release]:
        """Return the release as a deploy sees it; None if it does not exist. Raise HostError if it lacks unit files."""
        manifest = self.manifests.get(release)
        if manifest is None:
            return None
        units = read_units(self.layout.release(release))
        lost = [name for name in manifest.instances if self.layout.unit(name, "service") not in units]
        if lost or not units:
            raise HostError(f"release {release} has lost its units.", f"{self.layout.release(release)}/units")
        return release_of(self.layout, manifest, units)

    def recorded(self, release: str) -> dict[str, Mapping[str, str]]:
        """Return the release and its layers, each with the files that it was built with."""
        own, manifest = self.layout.release(release), self.manifests[release]
        return {path: manifest.files if path == own else recorded_files(path) for path in manifest.layers}

    def damaged(self, release: str) -> frozenset[str]:
        """Return those of the release and its layers whose files were changed after they were built."""
        return read_damaged(self.recorded(release)) if release in self.manifests else frozenset()

    def service_user(self, release: str) -> str:
        """Return `User=` of the release's services; '' if it has no unit files."""
        texts = read_units(self.layout.release(release)) if release else {}
        found = [parse_unit(text).get("Service", {}).get("User", [""])[-1] for _name, text in sorted(texts.items())]
        return next(filter(None, found), "")

    def service_user_id(self, release: str) -> int:
        """Return the id of that user; -1 if it does not exist."""
        with contextlib.suppress(KeyError):
            return user_id(self.service_user(release))
        return -1

    def linked_layers(self, release: str) -> set[str]:
        """Return the source and virtual environment that the release links to, for one with an unusable manifest."""
        found = set()
        for link in ("src", "venv"):
            with contextlib.suppress(OSError):
                found.add(os.readlink(_path(self.layout, release, link)))
        return found

    # ---- write -------------------------------------------------------------------------------------------------------

    def add(self, release: str, manifest: Manifest) -> None:
        """Register a release that was just built."""
        self._know(release, manifest)

    def mark_failed(self, release: Optional[str], live: str, why: str, damaged: Iterable[str] = ()) -> None:
        """Mark a release as failed, but never the live one. `damaged` layers must not be used for a build any more."""
        if not release or release == live or not os.path.isdir(self.layout.release(release)):
            return
        failure = FailureNote(now(), why, tuple(sorted(damaged)))
        self._write(release, FAILED, json.dumps(failure._asdict()) + "\n")
        if release in self.manifests:
            self._know(release, self.manifests[release]._replace(failed=failure))

    def mark_checked(self, release: str, about: Mapping[str, Any]) -> None:
        """Store what the import check measured."""
        text = json.dumps(about, sort_keys=True) + "\n"
        self._write(release, CHECKED, text)
        if release in self.manifests:
            self._know(release, self.manifests[release]._replace(checked=checked_from_json(text)))

    def mark_good(self, release: Optional[str]) -> None:
        """Remove the note that an earlier deploy of this release failed."""
        path = _path(self.layout, release or "", FAILED)
        if release and os.path.exists(path):
            os.unlink(path)
        if release and release in self.manifests:
            self._know(release, self.manifests[release]._replace(failed=None))

    def remove(self, release: str) -> None:
        """Remove a release, its manifest first: a half-removed release must not count as one."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(_path(self.layout, release, MANIFEST))
        remove_tree(self.layout.release(release))
        self._unusable = {name: one for name, one in self._unusable.items() if name != release}
        if self._manifests is not None:
            self._manifests = {name: one for name, one in self._manifests.items() if name != release}

    def _know(self, release: str, manifest: Manifest) -> None:
        """Replace the mapping, so that one that was returned earlier does not change."""
        self._manifests = {**self.manifests, release: manifest}

    def _write(self, release: str, file: str, text: str) -> None:
        write_file(DesiredFile(_path(self.layout, release, file), text, 0o600))


def release_names(layout: Layout) -> list[str]:
    """Return all complete releases, whether or not their manifests can be read."""
    with contextlib.suppress(NotADirectoryError):
        names = [name for name in names_in(layout.releases) if not name.startswith(".")]
        return [name for name in names if os.path.isfile(_path(layout, name, MANIFEST))]
    return []


def read_manifest(layout: Layout, release: str) -> Manifest:
    """Return the manifest and its notes. Raise ManifestError if it is unusable, FileNotFoundError if it is missing."""
    state = read_file(_path(layout, release, MANIFEST))
    if state is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), _path(layout, release, MANIFEST))
    manifest = Manifest.from_json(state.content)
    if manifest.id != release:
        raise ManifestError(f"it belongs to release {manifest.id!r}")
    failed, checked = (read_file(_path(layout, release, file)) for file in (FAILED, CHECKED))
    return manifest._replace(
        failed=failure_from_json(failed.content, _written(_path(layout, release, FAILED))) if failed else None,
        checked=checked_from_json(checked.content) if checked else None,
    )


def read_units(release: str) -> dict[str, str]:
    """Return the unit texts of a release, by name."""
    found = {name: read_file(f"{release}/units/{name}") for name in names_in(f"{release}/units")}
    return {name: state.content for name, state in found.items() if state}


def current_release(link: str) -> str:
    """Return the release that the link `current` points to, or ''."""
    try:
        return os.readlink(link).rpartition("/")[2]
    except OSError:
        return ""


def _path(layout: Layout, release: str, file: str) -> str:
    return f"{layout.release(release)}/{file}"


def _written(path: str) -> str:
    try:
        return iso(os.stat(path).st_mtime)
    except OSError:
        return ""


def deployed_apps(root: str = ROOT) -> list[str]:
    """Return the apps that have a release; a release without a manifest does not exist."""
    manifests = glob.glob(f"{glob.escape(root)}/*/releases/*/manifest.json")
    return sorted({path[len(root) :].split("/")[1] for path in manifests})


def find_app(name: str, root: str = ROOT) -> Layout:
    """Return the app's layout, or raise InputError if it is not deployed on this host."""
    deployed = deployed_apps(root)
    if name not in deployed or not APP_NAME.match(name):
        hint = did_you_mean(name, deployed) or "No app is deployed here."
        raise InputError("app", f"{name!r} is not deployed on this host.", hint)
    return Layout(name, root)


def secrets_of(layout: Layout) -> list[str]:
    """Return the values in all releases of every variable that any release lists in `secret_env`."""
    keys = {key for manifest in Store(layout).manifests.values() for key in manifest.secret_env}
    found: list[str] = []
    for name in release_names(layout):
        state = read_file(f"{layout.release(name)}/env")
        values = parse_environment(state.content) if state else {}
        files = {key: read_file(credential_path(layout.release(name), key)) for key in keys - set(values)}
        values.update({key: file.content for key, file in files.items() if file})
        found += [values[key] for key in sorted(keys) if key in values]
    return found
