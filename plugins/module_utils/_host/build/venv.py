# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual environments: resolve requirements once, then install exactly what was resolved."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import UV
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.lock_file import (
    honour,
    pinned_hashes,
    without_hashes,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.requirements import Requirements
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.build_unit import BuildUnit

# Where the Debian and Red Hat families keep the certificates that the host trusts.
CA_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")


class Installer:
    """Runs in the app's build unit; `source` is the directory of the requirements files.

    A project with a build system must be a copy in the stage: build systems write next to the code even to report its
    requirements.
    """

    def __init__(self, unit: BuildUnit, interpreter: str, cache: str, env: Mapping[str, str]) -> None:
        self._unit = unit
        self._interpreter = interpreter
        self._cache = cache
        bundle = next((path for path in CA_BUNDLES if os.path.exists(path)), "")
        trust = {"SSL_CERT_FILE": bundle, "PIP_CERT": bundle} if bundle else {}
        self._env = {"HOME": cache, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", **trust, **env}

    def resolve(self, requirements: Requirements, gunicorn: Sequence[str], wheel: str, source: str) -> str:
        """Return the lock: every package pinned, with the allowed hashes. Raise HostError if there is no solution."""
        raise NotImplementedError

    def install(self, lock: str, directory: str) -> None:
        """Create the virtual environment at its final path, from the lock alone. Raise HostError if that fails."""
        raise NotImplementedError

    def _inputs(self, requirements: Requirements, gunicorn: Sequence[str], wheel: str) -> list[str]:
        lines = [*requirements.items, *([wheel] if wheel else []), *gunicorn]
        return [self._unit.file("requirements.in", "".join(f"{line}\n" for line in lines))]


class Uv(Installer):
    def _uv(self, *words: str, cause: str, directory: str, writable: Sequence[str] = ()) -> str:
        env = {
            **self._env,
            "UV_CACHE_DIR": f"{self._cache}/uv",
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_LINK_MODE": "copy",
            "UV_NO_PROGRESS": "1",
            "UV_NO_CONFIG": "1",
        }
        done = self._unit.run(
            [UV, *words], cause=cause, directory=directory, writable=[self._cache, *writable], env=env, network=True
        )
        return done.out

    def resolve(self, requirements: Requirements, gunicorn: Sequence[str], wheel: str, source: str) -> str:
        files = self._inputs(requirements, gunicorn, wheel)
        texts = dict(requirements.texts)
        cause = "The requirements cannot be resolved."
        if requirements.kind == "uv.lock":
            exported = self._uv(
                "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-header", "--no-annotate",
                f"--python={self._interpreter}", cause=cause, directory=source,
            )  # fmt: skip
            texts = {"exported.txt": exported}
            files.append(self._unit.file("exported.txt", exported))
        elif requirements.file:
            files.append(f"{source}/{requirements.file}")
        lock = self._uv(
            "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--generate-hashes",
            f"--python={self._interpreter}", *files, cause=cause, directory=source,
        )  # fmt: skip
        return honour(lock, [text for name, text in texts.items() if not name.endswith(("pyproject.toml", "uv.lock"))])

    def install(self, lock: str, directory: str) -> None:
        file = self._unit.file("lock.txt", lock)
        parent = os.path.dirname(directory)
        cause = "The virtual environment cannot be built."
        self._uv(
            "venv", "--quiet", "--allow-existing", f"--python={self._interpreter}", directory,
            cause=cause, directory=parent, writable=[directory],
        )  # fmt: skip
        self._uv(
            "pip", "install", "--quiet", "--no-deps", "--compile-bytecode", f"--python={directory}/bin/python",
            f"--requirement={file}", cause=cause, directory=parent, writable=[directory],
        )  # fmt: skip


class Pip(Installer):
    def _make(self, directory: str) -> None:
        self._unit.run(
            [self._interpreter, "-m", "venv", directory],
            cause="The virtual environment cannot be created.",
            directory="/",
            writable=[directory],
            env=self._env,
        )

    def _pip(self, venv: str, *words: str, cause: str, directory: str, writable: Sequence[str]) -> str:
        env = {**self._env, "PIP_CACHE_DIR": f"{self._cache}/pip"}
        argv = [f"{venv}/bin/python", "-m", "pip", *words]
        done = self._unit.run(
            argv, cause=cause, directory=directory, writable=[self._cache, *writable], env=env, network=True
        )
        return done.out

    def resolve(self, requirements: Requirements, gunicorn: Sequence[str], wheel: str, source: str) -> str:
        """Build the lock from pip's report on what it would install into an empty environment."""
        scratch = self._unit.directory("resolve")
        self._make(scratch)
        words = [f"--requirement={file}" for file in self._inputs(requirements, gunicorn, wheel)]
        if requirements.kind == "pyproject":
            words.append(source)
        elif requirements.file:
            words.append(f"--requirement={self._without_hashes(requirements, source)}")
        report = self._pip(
            scratch, "install", "--quiet", "--dry-run", "--ignore-installed", "--report=-", *words,
            cause="The requirements cannot be resolved.", directory=source, writable=[scratch],
        )  # fmt: skip
        lock = "".join(_pin(item) for item in json.loads(report)["install"] if "dir_info" not in item["download_info"])
        return honour(
            lock,
            [text for name, text in requirements.texts.items() if not name.endswith(("pyproject.toml", "uv.lock"))],
        )

    def _without_hashes(self, requirements: Requirements, source: str) -> str:
        """Strip the hashes, because pip requires one for all packages or none, and Gunicorn has none here.

        honour() applies them to the lock later.
        """
        texts = dict(requirements.texts)
        if not any(pinned_hashes(text) for text in texts.values()):
            return f"{source}/{requirements.file}"
        for name, text in texts.items():
            self._unit.file(f"requirements/{name}", without_hashes(text))
        return self._unit.file(f"requirements/{requirements.file}", without_hashes(texts[requirements.file]))

    def install(self, lock: str, directory: str) -> None:
        file = self._unit.file("lock.txt", lock)
        self._make(directory)
        self._pip(
            directory, "install", "--quiet", "--no-deps", f"--requirement={file}",
            cause="The virtual environment cannot be built.", directory=os.path.dirname(directory),
            writable=[directory],
        )  # fmt: skip


def _pin(item: Mapping[str, dict]) -> str:
    """Return one line of a lock for one entry of pip's report."""
    metadata, download = item["metadata"], item["download_info"]
    if "vcs_info" in download:
        raise HostError(
            f"{metadata['name']} is installed from a repository, which pip cannot pin.",
            "Use gunicorn_apps_installer: uv.",
        )
    hashes = download["archive_info"].get("hashes") or {}
    local = download["url"].startswith("file:")
    if local and not hashes:
        with open(url2pathname(urlsplit(download["url"]).path), "rb") as stream:
            hashes = {"sha256": hashlib.sha256(stream.read()).hexdigest()}
    pin = f"{metadata['name']} @ {download['url']}" if local else f"{metadata['name']}=={metadata['version']}"
    return pin + "".join(f" --hash={name}:{value}" for name, value in hashes.items()) + "\n"
