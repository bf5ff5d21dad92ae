# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a build command may have failed."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.commands import missing_in_build

NETWORK = "Build commands have no network; to allow it, set gunicorn_apps.shop.build_network: true."
SECRETS = "Build commands do not get A, B; name what they need in gunicorn_apps.shop.build_secrets."


@pytest.mark.parametrize(
    ("network", "secrets", "expected"),
    [
        (True, [], []),
        (False, [], [NETWORK]),
        (True, ["B", "A"], [SECRETS]),
        (False, ["A", "B"], [NETWORK, SECRETS]),
    ],
)
def test_hints(network: bool, secrets: list[str], expected: list[str]) -> None:
    assert missing_in_build("shop", network, secrets) == expected
