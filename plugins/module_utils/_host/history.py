# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of deploys: one line each in `deploys.jsonl`, and a mark on releases that failed."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.files import DesiredFile
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.clock import now
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.files import write_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.look import CHECKED, FAILED


def record(layout: Layout, about: Mapping[str, Any]) -> None:
    line = json.dumps({"time": now(), **about}, sort_keys=True)
    with open(layout.history, "a+", encoding="utf-8") as stream:
        stream.seek(0)
        before = stream.read()
        cut_off = before and not before.endswith("\n")  # a full disk did that
        stream.write(("\n" if cut_off else "") + line + "\n")


def read_history(layout: Layout) -> list[dict[str, Any]]:
    """Oldest first. A line that a full disk cut off is passed over."""
    try:
        with open(layout.history, encoding="utf-8") as stream:
            lines = stream.read().splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        with contextlib.suppress(ValueError):
            found.append(json.loads(line))
    return [line for line in found if isinstance(line, dict)]


def mark_failed(layout: Layout, release: Optional[str], current: str, why: str, damaged: Iterable[str] = ()) -> None:
    """Never the one that is live. `damaged` are the layers that nothing may be built from any more."""
    directory = layout.release(release or "")
    if release and release != current and os.path.isdir(directory):
        about = {"time": now(), "why": why, "damaged": sorted(damaged)}
        write_file(DesiredFile(f"{directory}/{FAILED}", json.dumps(about) + "\n", 0o600))


def mark_checked(layout: Layout, release: str, about: Mapping[str, Any]) -> None:
    write_file(DesiredFile(f"{layout.release(release)}/{CHECKED}", json.dumps(about, sort_keys=True) + "\n", 0o600))


def mark_good(layout: Layout, release: Optional[str]) -> None:
    path = f"{layout.release(release or '')}/{FAILED}"
    if release and os.path.exists(path):
        os.unlink(path)
