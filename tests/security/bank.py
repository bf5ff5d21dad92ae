# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All attacks. Pure."""

from __future__ import annotations

import commands
import packages
import repositories
import running
from attack import GOALS, WHO, Attack

ATTACKS: tuple[Attack, ...] = tuple(
    sorted(
        (
            *(*repositories.ATTACKS, *repositories.OF_PATH_OWNERS, *packages.ATTACKS, *commands.ATTACKS),
            *(*running.ATTACKS, *running.OF_LOCAL_USERS, *running.OF_CLIENTS, *running.OF_OPERATORS),
        ),
        key=lambda attack: (list(WHO).index(attack.who), list(GOALS).index(attack.goal)),
    )
)
