# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write docs/drift-bank.md, the bank of drifts as a table: python3 tests/system/drift_bank.py"""

from __future__ import annotations

from pathlib import Path

import drifts

PAGE = Path(__file__).resolve().parents[2] / "docs/drift-bank.md"
# Long command substitutions that many commands contain. One may be the beginning of another.
ASKED = {name: value for name, value in vars(drifts).items() if isinstance(value, str) and value.startswith("$(")}
LONGEST_FIRST = sorted(ASKED, key=lambda name: -len(ASKED[name]))

TEXT = """\
<!--
Copyright: (c) 2026, wsgiops contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->

# The drifts that the tests cause

The tests cause {every} kinds of drift on a real host that runs the app `drifts`. For each of them, the playbook `drift`
must exit with 2 and report it under the kind listed here. After it is fixed, by `site` or by the listed command,
nothing may be reported any more.

`make system` tries {usual} of them, many at once. `pytest tests/system/test_drift.py --every-drift` tries all of them,
also one at a time. `tests/system/drift_bank.py` generates this page from `tests/system/drifts.py`.

| drift | caused by | [reported as](drift.md#what-it-finds) | fixed by |
|---|---|---|---|
{rows}

In the commands, these words stand for the output of:

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
    """Return the text as code in a table cell, where a bar would end the cell even inside code."""
    assert "`" not in text, text
    return f"`{text}`".replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
