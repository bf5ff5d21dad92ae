# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual environments: resolve requirements once, then install exactly what was resolved.

Installers trust what they find in their cache. So the cache that outlives a build is writable only while no code of a
package can run; everything else gets a cache that is removed with the build.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import UV, Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.lock_entries import (
    SHOWN,
    Entry,
    lock_entries,
    refuse_builds,
    refuse_unpinned,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.lock_file import (
    honour,
    pinned_hashes,
    without_hashes,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.pip_report import pins
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.requirements import Requirements
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.supply_chain import refuse_sources
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build import compile_tree
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.ownership import give
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Completed
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.trees import remove_tree
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.users import user_id
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.build_unit import BuildUnit

# Where the Debian and Red Hat families keep the certificates that the host trusts.
CA_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
UNRESOLVED = "The requirements cannot be resolved."
NOT_BUILT = "The virtual environment cannot be built."
COMPILE_LIMIT = 600
HASH_LIMIT = 120
READ_ARCHIVE = """
import hashlib, os, stat, sys
stream = os.fdopen(os.open(sys.argv[1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
    sys.exit("It is not a regular file.")
seen = hashlib.sha256()
for block in iter(lambda: stream.read(1 << 20), b""):
    seen.update(block)
print(seen.hexdigest())
"""


def clean_cache(layout: Layout, user: str) -> str:
    """Return the cache that outlives builds, empty if anybody but `user` could have written to it."""
    path = layout.package_cache
    # Code of packages could write to the cache of earlier versions of the collection, under any name below it.
    remove_tree(layout.old_cache)
    if os.path.lexists(path) and os.lstat(path).st_uid != user_id(user):
        remove_tree(path)
    if not os.path.isdir(path):
        os.mkdir(path, mode=0o700)
        give(path, user)
    return path


class Installer:
    """Runs as the build user inside the app's build unit; `source` is the directory of the requirements files.

    A project with a build system must be a copy in the stage: build systems write next to the code even to report its
    requirements. `clean` is the cache that outlives the build.
    """

    def __init__(self, unit: BuildUnit, interpreter: str, clean: str, env: Mapping[str, str], app: App) -> None:
        self._unit = unit
        self._interpreter = interpreter
        self._clean = clean
        self._app = app
        bundle = next((path for path in CA_BUNDLES if os.path.exists(path)), "")
        trust = {"SSL_CERT_FILE": bundle, "PIP_CERT": bundle} if bundle else {}
        self._env = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", **trust, **env}
        self._scratch_path = ""

    def resolve(self, requirements: Requirements, gunicorn: Sequence[str], wheel: str, source: str) -> str:
        """Return the lock: every package pinned, with the allowed hashes.

        Raise HostError if there is no solution, or none that the app's options allow.
        """
        if self._app.wheels_only:
            refuse_sources(requirements, self._option("wheels_only"), isinstance(self, Uv))
        lock, texts = self._resolve(requirements, gunicorn, wheel, source)
        entries = lock_entries(lock)
        if self._app.wheels_only:
            refuse_builds(entries, self._option("wheels_only"))
        lock = honour(lock, texts)
        if self._app.require_hashes:
            allowed = {name for text in texts for name in pinned_hashes(text)}
            own = wheel if self._app.source.is_verified else ""
            refuse_unpinned(lock_entries(lock), allowed, own, self._option("require_hashes"))
        return lock

    def install(self, lock: str, directory: str) -> None:
        """Create the virtual environment at its final path, from the lock alone. Raise HostError if that fails."""
        entries = lock_entries(lock)
        if self._app.wheels_only:
            refuse_builds(entries, self._option("wheels_only"))
        self._make(directory)
        hashed = [entry for entry in entries if entry.hashes]
        others = [entry for entry in entries if not entry.hashes]
        if hashed:
            file = self._unit.file("lock.txt", _text(hashed))
            done = self._add(file, directory, build=False, hashes=True, check=self._app.wheels_only)
            if done.rc != 0:  # perhaps there is no wheel of a package; if it is something else, this fails as well
                self._add(file, directory, build=True, hashes=True)
        if others:
            file = self._unit.file("lock-without-hashes.txt", _text(others))
            self._add(file, directory, build=not self._app.wheels_only, hashes=False)

    def _resolve(
        self, requirements: Requirements, gunicorn: Sequence[str], wheel: str, source: str
    ) -> tuple[str, list[str]]:
        """Return the lock as the installer writes it, and the texts whose hashes limit it."""
        raise NotImplementedError

    def _make(self, directory: str) -> None:
        """Create an empty virtual environment."""
        raise NotImplementedError

    def _add(self, file: str, directory: str, *, build: bool, hashes: bool, check: bool = True) -> Completed:
        """Install what the file lists, and verify the hashes if every line of it has some."""
        raise NotImplementedError

    def _option(self, name: str) -> str:
        return f"gunicorn_apps.{self._app.name}.{name}"

    def _because(self, cause: str) -> str:
        if not self._app.wheels_only:
            return cause
        return f"{cause[:-1]} from wheels alone, and {self._option('wheels_only')} allows nothing else."

    @property
    def _scratch(self) -> str:
        """The cache for steps in which code of packages may run; it is removed with the stage of the build."""
        if not self._scratch_path:
            self._scratch_path = self._unit.directory("cache")
        return self._scratch_path

    def _fetch(
        self, argv: Sequence[str], cache: str, env: Mapping[str, str], *, cause: str, directory: str,
        writable: Sequence[str] = (), check: bool = True,
    ) -> Completed:  # fmt: skip
        """Run a step that needs the package index."""
        return self._unit.run(
            argv,
            cause=cause,
            directory=directory,
            writable=[cache, *writable],
            env={**self._env, "HOME": cache, **env},
            check=check,
            network=True,
        )

    def _inputs(self, requirements: Requirements, gunicorn: Sequence[str], wheel: str) -> str:
        lines = [*requirements.items, *([wheel] if wheel else []), *gunicorn]
        return self._unit.file("requirements.in", "".join(f"{line}\n" for line in lines))


def _text(entries: Iterable[Entry]) -> str:
    return "".join(f"{entry.line}\n" for entry in entries)


def _hashed_texts(requirements: Requirements) -> list[str]:
    """Return the texts in which the app's own hashes are."""
    files = [text for name, text in requirements.texts.items() if not name.endswith(("pyproject.toml", "uv.lock"))]
    return [*files, *requirements.items]


class Uv(Installer):
    def _uv(self, *words: str, clean: bool, cause: str, directory: str, writable: Sequence[str] = (),
            check: bool = True) -> Completed:  # fmt: skip
        cache = self._clean if clean else self._scratch
        env = {
            "UV_CACHE_DIR": f"{cache}/uv",
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_LINK_MODE": "copy",
            "UV_NO_PROGRESS": "1",
            "UV_NO_CONFIG": "1",
            # To compile, uv would start the new environment's interpreter, and so run its .pth files.
            "UV_COMPILE_BYTECODE": "false",
        }
        return self._fetch([UV, *words], cache, env, cause=cause, directory=directory, writable=writable, check=check)

    def _resolve(
        self, requirements: Requirements, gunicorn: Sequence[str], wheel: str, source: str
    ) -> tuple[str, list[str]]:
        files = [self._inputs(requirements, gunicorn, wheel)]
        texts = _hashed_texts(requirements)
        clean, cause = self._app.wheels_only, self._because(UNRESOLVED)
        if requirements.kind == "uv.lock":
            exported = self._uv(
                "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-header", "--no-annotate",
                f"--python={self._interpreter}", clean=clean, cause=UNRESOLVED, directory=source,
            ).out  # fmt: skip
            texts = [exported]
            files.append(self._unit.file("exported.txt", exported))
        elif requirements.file:
            files.append(f"{source}/{requirements.file}")
        lock = self._uv(
            "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--generate-hashes",
            *(["--no-build"] if clean else []), f"--python={self._interpreter}", *files,
            clean=clean, cause=cause, directory=source,
        ).out  # fmt: skip
        return lock, texts

    def _make(self, directory: str) -> None:
        self._uv(
            "venv", "--quiet", "--allow-existing", f"--python={self._interpreter}", directory,
            clean=True, cause=NOT_BUILT, directory=os.path.dirname(directory), writable=[directory],
        )  # fmt: skip

    def install(self, lock: str, directory: str) -> None:
        super().install(lock, directory)
        code = self._unit.code(compile_tree)
        start = f"import sys; sys.path.insert(0, {code!r}); from {compile_tree.__name__} import compile_tree"
        self._unit.run(
            [self._interpreter, "-I", "-S", "-c", f"{start}; compile_tree({directory + '/lib'!r})"],
            cause=NOT_BUILT,
            directory="/",
            writable=[directory],
            limit=COMPILE_LIMIT,
        )

    def _add(self, file: str, directory: str, *, build: bool, hashes: bool, check: bool = True) -> Completed:
        """Only with hashes and without builds is it sure that no code of a package runs."""
        words = ["--require-hashes"] * hashes + ["--no-build"] * (not build)
        return self._uv(
            "pip", "install", "--quiet", "--no-deps", *words, f"--python={directory}/bin/python",
            f"--requirement={file}", clean=hashes and not build, cause=self._because(NOT_BUILT),
            directory=os.path.dirname(directory), writable=[directory], check=check,
        )  # fmt: skip


class Pip(Installer):
    """Its cache is always that of the build: pip does not tell verified files from others."""

    def _make(self, directory: str) -> None:
        self._unit.run(
            [self._interpreter, "-I", "-m", "venv", directory],
            cause="The virtual environment cannot be created.",
            directory="/",
            writable=[directory],
            env=self._env,
        )

    def _pip(self, venv: str, *words: str, cause: str, directory: str, check: bool = True) -> Completed:
        """Run pip with -I: otherwise Python would import `pip`, or `logging`, from the working directory."""
        argv = [f"{venv}/bin/python", "-I", "-m", "pip", *words]
        env = {"PIP_CACHE_DIR": f"{self._scratch}/pip"}
        return self._fetch(argv, self._scratch, env, cause=cause, directory=directory, writable=[venv], check=check)

    def _resolve(
        self, requirements: Requirements, gunicorn: Sequence[str], wheel: str, source: str
    ) -> tuple[str, list[str]]:
        """Build the lock from pip's report on what it would install into an empty environment."""
        scratch = self._unit.directory("resolve")
        self._make(scratch)
        plain = replace(requirements, items=tuple(without_hashes(item).strip() for item in requirements.items))
        words = [f"--requirement={self._inputs(plain, gunicorn, wheel)}"]
        if requirements.kind == "pyproject":
            words.append(source)
        elif requirements.file:
            words.append(f"--requirement={self._without_hashes(requirements, source)}")
        only = ["--only-binary=:all:"] if self._app.wheels_only else []
        report = self._pip(
            scratch, "install", "--quiet", "--dry-run", "--ignore-installed", "--report=-", *only, *words,
            cause=self._because(UNRESOLVED), directory=source,
        ).out  # fmt: skip
        return "".join(pin.line(self._sha256) for pin in pins(report)), _hashed_texts(requirements)

    def _sha256(self, path: str) -> str:
        """Return the digest of a local archive. The build user reads it: which file it is, a package may have said."""
        cause = f"The archive {path[:SHOWN]!r} cannot be read."
        return self._unit.run(
            [self._interpreter, "-I", "-S", "-c", READ_ARCHIVE, path],
            cause=cause,
            directory="/",
            writable=[],
            limit=HASH_LIMIT,
        ).out.strip()

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

    def _add(self, file: str, directory: str, *, build: bool, hashes: bool, check: bool = True) -> Completed:
        words = ["--require-hashes"] * hashes + ["--only-binary=:all:"] * (not build)
        return self._pip(
            directory, "install", "--quiet", "--no-deps", *words, f"--requirement={file}",
            cause=self._because(NOT_BUILT), directory=os.path.dirname(directory), check=check,
        )  # fmt: skip
