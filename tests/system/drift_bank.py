# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes docs/drift-bank.md, the bank of drifts as a table: python3 tests/system/drift_bank.py"""

from __future__ import annotations

from pathlib import Path

import drifts

PAGE = Path(__file__).resolve().parents[2] / "docs/drift-bank.md"
# What commands ask the host for: it is long, and stands in many of them. One may be the beginning of another.
ASKED = {name: value for name, value in vars(drifts).items() if isinstance(value, str) and value.startswith("$(")}
LONGEST_FIRST = sorted(ASKED, key=lambda name: -len(ASKED[name]))

TEXT = """\
<!--
Copyright: (c) 2026, wsgiops contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->

# The drifts that tests try

Here are {every} ways in which a host can come to differ. Tests do each to a real host that runs the app `drifts`.
`drift` must end with 2 and find it under the kind that stands here; once it is undone, by `site` or by hand where
`site` leaves it alone, nothing may be found any more.

`make system` tries {usual} of them, many at once. `pytest tests/system/test_drift.py --every-drift` tries all, and each
alone as well. `tests/system/drift_bank.py` makes this page of `tests/system/drifts.py`.

| drift | how it is made | [found as](drift.md#what-it-finds) | undone by |
|---|---|---|---|
{rows}

In the commands these words stand for what the host says:

| | |
|---|---|
{names}
"""


def page() -> str:
    rows = (
        f"| {name} | {command(one.how)} | `{one.kind}` | {command(one.undo) if one.undo else '`site`'} |"
        for name, one in drifts.DRIFTS.items()
    )
    names = (f"| `{name}` | {code(value)} |" for name, value in ASKED.items())
    usual = sum(map(len, drifts.USUAL))
    return TEXT.format(every=len(drifts.DRIFTS), usual=usual, rows="\n".join(rows), names="\n".join(names))


def command(text: str) -> str:
    for name in LONGEST_FIRST:
        text = text.replace(ASKED[name], name)
    return code(text)


def code(text: str) -> str:
    """A table ends a cell at a bar even where it is code."""
    assert "`" not in text, text
    return f"`{text}`".replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
