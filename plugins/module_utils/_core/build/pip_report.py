# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the installation report of pip. Build code of packages can write to the same output, so it is foreign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.foreign import (
    Flag,
    ListOf,
    Plain,
    Record,
    TableOf,
    Text,
    optional,
    parse,
)

LARGEST = 32 * 1024 * 1024  # it has the whole description of each package
WHAT = "The report of pip"
_NAME = Text(longest=200, pattern=r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", form="the name of a package")
_VERSION = Text(longest=200, pattern=r"[A-Za-z0-9][A-Za-z0-9.!+_-]*", form="a version")
_URL = Text(longest=2000, pattern=r"[a-z][a-z0-9+.-]*://[^\s;\\$]+", form="a URL")
_HASHES = TableOf(
    Text(longest=128, pattern=r"[0-9a-fA-F]{32,128}", form="a digest"),
    most=10,
    keys=Text(longest=20, pattern=r"[a-z0-9]+", form="the name of a hash"),
)
_HASH = Text(longest=150, pattern=r"[a-z0-9]{1,20}=[0-9a-fA-F]{32,128}", form="a hash")  # all that pip 22 reports
_ARCHIVE = Record({}, {"hashes": optional(_HASHES), "hash": optional(_HASH)})
_DOWNLOAD = Record({"url": _URL}, {"archive_info": _ARCHIVE, "vcs_info": Plain(), "dir_info": Plain()})
_ITEM = Record(
    {"metadata": Record({"name": _NAME, "version": _VERSION}), "download_info": _DOWNLOAD}, {"is_direct": Flag()}
)
_REPORT = Record({"install": ListOf(_ITEM, most=5000)})


@dataclass(frozen=True)
class Pin:
    """One package that pip would install; `direct` says that its URL was required, and not found in an index."""

    name: str
    version: str
    url: str
    hashes: tuple[str, ...]
    direct: bool = False

    @property
    def path(self) -> str:
        """Where its archive is, if that is a local file."""
        parts = urlsplit(self.url)
        return unquote(parts.path) if parts.scheme == "file" and not parts.netloc else ""

    def line(self, digest: Callable[[str], str]) -> str:
        """Return the line of a lock; `digest` returns the sha256 of a local file whose hash pip does not report."""
        path = self.path
        hashes = self.hashes or ((f"sha256:{digest(path)}",) if path else ())
        pin = f"{self.name} @ {self.url}" if path or self.direct else f"{self.name}=={self.version}"
        return pin + "".join(f" --hash={one}" for one in hashes) + "\n"


def pins(report: str) -> list[Pin]:
    """Return the packages of a report, without directories. Raise HostError if one cannot be pinned."""
    items = parse(report, WHAT, _REPORT, largest=LARGEST)["install"]
    return [_pin(item) for item in items if "dir_info" not in item["download_info"]]


def _pin(item: dict[str, Any]) -> Pin:
    metadata, download = item["metadata"], item["download_info"]
    if "vcs_info" in download:
        raise HostError(
            f"{metadata['name']} is installed from a repository, which pip cannot pin.",
            "Use gunicorn_apps_installer: uv.",
        )
    if "archive_info" not in download:
        raise HostError(f"{WHAT} does not say what {metadata['name']} is installed from.")
    archive = download["archive_info"]
    hashes = archive.get("hashes") or dict([archive["hash"].split("=")] if archive.get("hash") else [])
    texts = tuple(f"{name}:{value.lower()}" for name, value in hashes.items())
    return Pin(metadata["name"], metadata["version"], download["url"], texts, item.get("is_direct", False))
