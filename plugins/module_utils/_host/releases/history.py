# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history of deploys and rollbacks: one JSON line each in `deploys.jsonl`."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.clock import now


def record(layout: Layout, about: Mapping[str, Any]) -> None:
    """Append one line, with the current time."""
    line = json.dumps({"time": now(), **about}, sort_keys=True)
    with open(layout.history, "a+", encoding="utf-8") as stream:
        stream.seek(0)
        before = stream.read()
        cut_off = before and not before.endswith("\n")  # a full disk did that
        stream.write(("\n" if cut_off else "") + line + "\n")


def read_history(layout: Layout) -> list[dict[str, Any]]:
    """Return the lines, oldest first, without one that a full disk truncated."""
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
