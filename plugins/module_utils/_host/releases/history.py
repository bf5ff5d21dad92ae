# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history of deploys and rollbacks: one JSON line each in `deploys.jsonl`, which only root may read."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import DesiredFile
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.foreign import (
    Number,
    Record,
    TableOf,
    Text,
    check,
    optional,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.history import limited, shortened
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.clock import now
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import names_in, write_file

LARGEST = 128 * 1024  # bytes of the file, about 300 lines; then it is shortened
READ_AT_MOST = 8 * LARGEST  # of a file that an earlier version let grow
MODE = 0o600  # causes of failures quote commands and what apps print
_TEXT = optional(Text(100_000))
_TEXTS = ("time", "release", "version", "previous", "kind", "result", "why", "who")
_LINE = Record({}, {**dict.fromkeys(_TEXTS, _TEXT), "seconds": TableOf(Number())})


def record(layout: Layout, about: Mapping[str, Any]) -> None:
    """Append one line, with the current time."""
    line = _written({"time": now(), **limited(about)})
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(layout.history, flags, MODE), "ab") as stream:
        os.fchmod(stream.fileno(), MODE)  # an earlier version let everybody read it
        size = os.fstat(stream.fileno()).st_size
        cut_off = size and os.pread(stream.fileno(), 1, size - 1) != b"\n"  # a full disk did that
        stream.write((("\n" if cut_off else "") + line).encode())
    if size > LARGEST:
        kept = shortened(read_history(layout), names_in(layout.releases))
        write_file(DesiredFile(layout.history, "".join(map(_written, kept)), MODE))


def _written(line: Mapping[str, Any]) -> str:
    return json.dumps(line, sort_keys=True) + "\n"


def read_history(layout: Layout) -> list[dict[str, Any]]:
    """Return the lines, oldest first, without one that a full disk truncated; of a very large file, the newest."""
    try:
        with open(layout.history, "rb") as stream:
            start = max(0, os.fstat(stream.fileno()).st_size - READ_AT_MOST)
            stream.seek(start)
            lines = stream.read(READ_AT_MOST).decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines[1 if start else 0 :]:
        with contextlib.suppress(ValueError, RecursionError, HostError):
            found.append(check(json.loads(line), "a line of the history", _LINE))
    return found
