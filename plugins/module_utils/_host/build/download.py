# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Download an archive: of limited size, in limited time, never from https to http. Runs in the unit."""

from __future__ import annotations

import hashlib
import time
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, build_opener

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError

LARGEST = 4 << 30  # bytes
LONGEST = 1200.0  # seconds
STALLED = 60  # seconds without a byte


class _Redirects(HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        before, after = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if after not in ("http", "https") or (before == "https" and after != "https"):
            raise HostError(".archive: the server redirects from https to an address without TLS.", newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def opener() -> OpenerDirector:
    """Return an opener that uses the host's proxies and certificates, as Ansible does."""
    return build_opener(_Redirects)


def download(url: str, checksum: str, path: str) -> None:
    """Write the file, and compare it with the checksum unless that is ''. Raise HostError if anything is wrong."""
    seen, size, end = hashlib.sha256(), 0, time.monotonic() + LONGEST
    try:
        with opener().open(url, timeout=STALLED) as answer, open(path, "wb") as stream:
            for block in iter(lambda: answer.read(1 << 20), b""):
                size += len(block)
                if size > LARGEST:
                    raise HostError(f".archive: {url} is larger than {LARGEST >> 30} GiB.")
                if time.monotonic() > end:
                    raise HostError(f".archive: the download of {url} took longer than {LONGEST:g} s.")
                seen.update(block)
                stream.write(block)
    except (OSError, ValueError, HTTPException) as exc:
        raise HostError(f".archive: cannot download {url}.", str(exc)) from exc
    if checksum and checksum != f"sha256:{seen.hexdigest()}":
        raise HostError(
            f".checksum: {url} is not the declared file.",
            f"declared: {checksum}\ndownloaded: sha256:{seen.hexdigest()}",
        )
