# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a lock may consist of. The code of packages can run while a lock is made, so its text is not ours."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.lock_file import (
    canonical,
    hashes_of,
    logical_lines,
)

LONGEST = 4 * 1024 * 1024
SHOWN = 200  # characters of a line in an error
STRONG = ("sha256", "sha384", "sha512")
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_EXTRAS = r"(?:\s*\[[A-Za-z0-9._,\s-]*\])?"
_VERSION = r"[A-Za-z0-9][A-Za-z0-9.!+_-]*"
_URL = r"(?:(?:git\+)?(?:https?|file)|git\+ssh)://[^\s;\\]+"
_PATH = r"/[^\s;\\$]+"
_MARKER = r"(?:\s*;\s*(?P<marker>[^\\#$;]+?))?"
_HASHES = r"(?P<hashes>(?:\s+--hash=[a-z0-9]+:[0-9a-fA-F]+)*)"
_ENTRY = re.compile(
    rf"(?:(?P<name>{_NAME}){_EXTRAS}\s*(?:==\s*{_VERSION}|@\s*(?P<url>{_URL}))|(?P<path>{_PATH})){_MARKER}{_HASHES}"
)


@dataclass(frozen=True)
class Entry:
    """One package of a lock. `origin` is its URL or path; '' if it comes from the package index."""

    line: str
    name: str
    origin: str
    hashes: tuple[str, ...]

    @property
    def from_wheel(self) -> bool:
        """Whether no code of the package runs to install it, as far as the lock alone tells."""
        return not self.origin or (not self.origin.startswith("git+") and _path(self.origin).endswith(".whl"))


def _path(origin: str) -> str:
    return urlsplit(origin).path if "://" in origin else origin


def lock_entries(lock: str) -> list[Entry]:
    """Return the packages of a lock. Raise HostError if a line is anything but one pinned package with its hashes."""
    if len(lock) > LONGEST:
        raise HostError(f"The lock is larger than {LONGEST // 1024 // 1024} MiB.")
    return [_entry(line) for line in logical_lines(lock)]


def _entry(line: str) -> Entry:
    found = _ENTRY.fullmatch(line)
    if not found or any(word.startswith("-") for word in (found["marker"] or "").split()):
        if re.match(r"-e\s|--editable|\.", line):
            raise HostError(
                "A requirement is a directory relative to the project, which cannot be locked.",
                f"{line[:SHOWN]!r}\nThe project's own code need not be installed. Anything else: build a wheel of it.",
            )
        raise HostError("The lock has a line that is not a pinned package.", repr(line[:SHOWN]))
    origin = found["url"] or found["path"] or ""
    name = found["name"] or posixpath.basename(_path(origin)).partition("-")[0]
    return Entry(line, canonical(name), origin, tuple(hashes_of(line)))


def refuse_builds(entries: Iterable[Entry], option: str) -> None:
    """Raise HostError if a package could only be built from its source; `option` is the variable that forbids it."""
    sources = {entry.name: entry.origin for entry in entries if not entry.from_wheel}
    if sources:
        raise HostError(
            f"{option}: {', '.join(sorted(sources))} would be built from source.",
            "\n".join(f"{name} @ {origin[:SHOWN]}" for name, origin in sorted(sources.items())),
        )


def refuse_unpinned(entries: Iterable[Entry], allowed: Collection[str], own: str, option: str) -> None:
    """Raise HostError unless the app's files have a hash for each package: `allowed` are those packages.

    `own` is the path of the app's own wheel, whose content is declared itself.
    """
    entries = list(entries)
    weak = [
        entry.name for entry in entries if not entry.hashes or not all(one.startswith(STRONG) for one in entry.hashes)
    ]
    missing = [entry.name for entry in entries if entry.name not in allowed and not _is(entry, own)]
    if missing or weak:
        raise HostError(
            f"{option}: the app's own files have no hash for {', '.join(sorted({*missing, *weak}))}.",
            "Pin every package with its sha256 there, gunicorn included. `uv lock` and"
            " `uv pip compile --generate-hashes` write such files.",
        )


def _is(entry: Entry, own: str) -> bool:
    return bool(own) and entry.origin in (own, f"file://{own}")
