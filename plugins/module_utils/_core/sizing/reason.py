# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reason for a computed number, as a record that prints itself."""

from __future__ import annotations

from typing import NamedTuple


class Reason(NamedTuple):
    """`name` is the setting or limit, `value` the result, and `why` its origin."""

    name: str
    value: str
    why: str

    def __str__(self) -> str:
        return f"{self.name} {self.value}: {self.why}"
