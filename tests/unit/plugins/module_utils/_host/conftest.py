# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real directories, without root: what would be given to root is given to the user who runs the tests."""

from __future__ import annotations

import os
from typing import Any

import pytest


@pytest.fixture
def owners(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The owners that were asked for."""
    asked: list[tuple[int, int]] = []

    def own(name: str) -> None:
        real = getattr(os, name)

        def change(path: Any, user: int, group: int, **options: Any) -> None:
            asked.append((user, group))
            real(path, os.geteuid(), os.getegid(), **options)

        monkeypatch.setattr(os, name, change)

    for name in ("chown", "lchown", "fchown"):
        own(name)
    return asked
