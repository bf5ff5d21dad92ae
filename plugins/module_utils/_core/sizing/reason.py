# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a computed number is what it is, as a record that prints itself."""

from __future__ import annotations

from typing import NamedTuple


class Reason(NamedTuple):
    """`name` is the setting or the limit, `value` what it came to, and `why` where that comes from."""

    name: str
    value: str
    why: str

    def __str__(self) -> str:
        return f"{self.name} {self.value}: {self.why}"
