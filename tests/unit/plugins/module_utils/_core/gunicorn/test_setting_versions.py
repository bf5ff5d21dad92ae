# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.setting_versions import SINCE, history_of


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("header_map", "It was added in Gunicorn 22.0; see `gunicorn_version`."),
        ("control_socket", "It was added in Gunicorn 25.1; see `gunicorn_version`."),
        ("tolerate_dangerous_framing", "It was removed in Gunicorn 23.0."),
        ("timeout", ""),
        ("made_up", ""),
    ],
)
def test_history(setting: str, said: str) -> None:
    assert history_of(setting) == said


def test_no_setting_came_twice() -> None:
    names = [name for names in SINCE.values() for name in names]
    assert len(names) == len(set(names))
