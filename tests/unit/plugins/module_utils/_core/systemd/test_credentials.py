# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether systemd can hand over credentials on a host."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.credentials import (
    hands_over_credentials,
    refuse_credentials,
)

SHARED = "shared:1 "
ROOT = "22 1 8:1 / / rw,relatime {}- ext4 /dev/sda1 rw"
RUN = "25 22 0:22 / /run rw,nosuid {}- tmpfs tmpfs rw"
OWN = "31 25 0:30 / /run/credentials rw,nosuid {}- tmpfs tmpfs rw"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param([ROOT.format(SHARED), RUN.format(SHARED)], True, id="host"),
        pytest.param([ROOT.format(""), RUN.format("")], False, id="container"),
        pytest.param([ROOT.format(""), RUN.format(SHARED)], True, id="only /run counts"),
        pytest.param([ROOT.format(SHARED), RUN.format("master:1 ")], False, id="only from outside"),
        pytest.param([ROOT.format(SHARED)], True, id="/run on the root"),
        pytest.param([RUN.format(SHARED), OWN.format("")], False, id="a mount of its own"),
        pytest.param([], True, id="not known"),
    ],
)
def test_hands_over(lines: list[str], expected: bool) -> None:
    assert hands_over_credentials("\n".join(lines)) is expected


def test_refused() -> None:
    with pytest.raises(HostError) as caught:
        refuse_credentials("gunicorn_apps.shop.secrets_in", ROOT.format(""))
    assert str(caught.value).startswith("gunicorn_apps.shop.secrets_in: systemd cannot hand over credentials")
    refuse_credentials("v", ROOT.format(SHARED))
