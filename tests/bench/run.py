# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Benchmarks, over SSH, on a host of their own. They print; they judge nothing."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from deploying import deploying
from fleet import fleet
from ground import STATE, Ground
from no_op import no_op
from profiles import profiles
from rig import TOOL, bring

SECTIONS: dict[str, Callable[[Ground], Iterator[str]]] = {
    "no-op": no_op,
    "fleet": fleet,
    "deploys": deploying,
    "profiles": profiles,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=SECTIONS, help="one section; may be given again")
    parser.add_argument("--image", default="debian12", help="of the host")
    given = parser.parse_args()
    STATE.mkdir(parents=True, exist_ok=True)
    try:
        ground = Ground(bring("bench", given.image, STATE), given.image)
        for section in given.only or SECTIONS:
            print(f"\n{section}", flush=True)
            for line in SECTIONS[section](ground):
                print(f"  {line}", flush=True)
    finally:
        subprocess.run([TOOL, "down", "bench"], check=True)


if __name__ == "__main__":
    main()
