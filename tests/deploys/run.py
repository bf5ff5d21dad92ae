# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a deploy costs: one table of deploys under load, good and broken. Ends with 1 when a limit was missed."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from broken import NO_MEMORY_LIMIT, broken
from by_hand import by_hand
from flights import flights
from good import fast_boot, slow_boot
from ground import STATE, Cut, Ground, clean
from rig import ROOT, TOOL, bring
from table import COLUMNS, Row, line, markdown, notes, total

SECTIONS = {"A": fast_boot, "B": slow_boot, "C": broken, "D": flights, "E": by_hand}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="a cut of the table, for `make test`")
    parser.add_argument("--only", default="".join(SECTIONS), metavar="LETTERS", help="sections, as in AC")
    parser.add_argument("--deploys", type=int, default=20, metavar="N", help="at most so many in a row")
    parser.add_argument("--image", default="debian12", help="of the host")
    parser.add_argument("--keep", action="store_true", help="leave the host up afterwards, to look around")
    given = parser.parse_args()
    unknown = sorted(set(given.only) - set(SECTIONS))
    if unknown:
        parser.error(f"--only: there is no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    return given


def rows_of(ground: Ground, only: str, cut: Cut) -> Iterator[Row]:
    """Run the sections, and print each row as soon as it is known."""
    print(line(COLUMNS), flush=True)
    section = ""
    for letter in only:
        for row in SECTIONS[letter](ground, cut):
            if row.section != section:
                section = row.section
                print(f"\n{section}", flush=True)
            print(line(row.cells()), flush=True)
            yield row


def main() -> int:
    given = arguments()
    name = "deploys-short" if given.short else "deploys"
    started = time.monotonic()
    clean()
    rows: list[Row] = []
    try:
        ground = Ground(bring(name, given.image, STATE))
        for row in rows_of(ground, given.only, Cut(given.short, given.deploys)):
            rows.append(row)
            write(name, ground.about, rows)
    finally:
        if not given.keep:
            subprocess.run([TOOL, "down", name], check=True)
    if any("(1)" in row.what for row in rows):
        print("", NO_MEMORY_LIMIT, sep="\n")
    print("", *notes(rows), sep="\n")
    kept, missed = total(rows)
    print(f"{kept} rows kept to their limits, {missed} did not ({time.monotonic() - started:.0f} s)")
    return int(missed > 0 or not rows)


def write(name: str, about: str, rows: list[Row]) -> None:
    """The table for a page, and everything that is known of each row."""
    cache = ROOT / ".cache"
    page = [f"{time.strftime('%Y-%m-%d')}, {about}.", "", markdown(rows)]
    if any("(1)" in row.what for row in rows):
        page += [NO_MEMORY_LIMIT, ""]
    (cache / f"{name}.md").write_text("\n".join(page))
    judged = [{"verdict": row.verdict, "missed": row.missed, "limits": str(row.limits or "")} for row in rows]
    data = [{**asdict(row), **more} for row, more in zip(rows, judged)]
    (cache / f"{name}.json").write_text(json.dumps({"about": about, "rows": data}, indent=1))


if __name__ == "__main__":
    sys.exit(main())
