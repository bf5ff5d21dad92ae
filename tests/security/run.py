# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Try the attacks of the bank on a host, and print what stopped them. Ends with 1 if one succeeded."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from attack import Attack, Seen, Verdict, brief, judge
from bank import ATTACKS
from page import PAGE, RECORD, page
from rig import TOOL, Host, bring
from scene import STATE, Scene
from verdicts import line, total

HOST = "security"
REMOVED_AT_ONCE = 10


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("attacks", nargs="*", metavar="ATTACK", help="only these; default: all")
    parser.add_argument("--list", action="store_true", help="only list the attacks")
    parser.add_argument("--image", default="debian12", help="of the host")
    parser.add_argument(
        "--keep", action="store_true", help="leave the host up afterwards; a later run with it uses it again"
    )
    parser.add_argument(
        "--patience", type=float, default=1, metavar="FACTOR", help="for a slow machine: wait so much longer"
    )
    parser.add_argument("--record", action="store_true", help="put the verdicts into the page (see page.py)")
    given = parser.parse_args()
    unknown = sorted(set(given.attacks) - {attack.name for attack in ATTACKS})
    if unknown:
        parser.error(f"there is no attack {', '.join(unknown)}; --list shows all")
    return given


def scene(image: str, keep: bool) -> Scene:
    inventory = STATE / f"{HOST}.yml"
    up = subprocess.run([TOOL, "exec", HOST, "test", "-f", "/run/stamp"], check=False, capture_output=True)
    if keep and inventory.exists() and up.returncode == 0:
        return Scene(Host(HOST, inventory))
    found = Scene(bring(HOST, image, STATE))
    found.prepare()
    return found


def tried(place: Scene, attack: Attack) -> tuple[Seen, Verdict]:
    """Carry out one attack; that this harness cannot cope with it does not speak for the host either."""
    try:
        seen = place.carry_out(attack)
    except subprocess.SubprocessError as exc:
        place.reboot()
        return Seen(), Verdict(False, f"BROKEN: {brief(str(exc))}")
    return seen, judge(attack, seen)


def removed(place: Scene, verdicts: dict[str, Verdict]) -> None:
    """Remove what the last attacks left; an app that cannot be removed has achieved that."""
    for name, problem in place.remove().items():
        verdicts[name] = Verdict(False, f"SUCCEEDED: {problem}")
        print(f"{name}: {problem}", flush=True)


def record(image: str, verdicts: dict[str, Verdict]) -> None:
    """Keep these verdicts beside those of attacks that were not tried now; attacks that are gone go."""
    known = json.loads(RECORD.read_text(encoding="utf-8"))["verdicts"] if RECORD.exists() else {}
    texts = {**known, **{name: verdict.text for name, verdict in verdicts.items()}}
    kept = {attack.name: texts[attack.name] for attack in ATTACKS if attack.name in texts}
    about = f"{time.strftime('%Y-%m-%d')}, {image}"
    RECORD.write_text(json.dumps({"about": about, "verdicts": kept}, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


def main() -> int:
    given = arguments()
    chosen = [attack for attack in ATTACKS if not given.attacks or attack.name in given.attacks]
    if given.list:
        for attack in chosen:
            print(f"{attack.name:22} {attack.who:12} {attack.goal:9} {attack.what}")
        return 0
    STATE.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    verdicts: dict[str, Verdict] = {}
    report = STATE / "report.json"
    about: dict[str, dict[str, object]] = {}
    try:
        place = scene(given.image, given.keep)
        place.patience = given.patience
        for attack in chosen:
            seen, verdict = tried(place, attack)
            verdicts[attack.name] = verdict
            print(line(attack, verdict), flush=True)
            about[attack.name] = {
                "stopped": verdict.stopped,
                "verdict": verdict.text,
                "seconds": round(seen.seconds, 1),
            }
            about[attack.name]["evidence"] = brief(seen.evidence, 1500)
            report.write_text(json.dumps(about, indent=1))
            if len(verdicts) % REMOVED_AT_ONCE == 0:
                removed(place, verdicts)
        removed(place, verdicts)
    finally:
        if not given.keep:
            subprocess.run([TOOL, "down", HOST], check=True)
    if given.record:
        record(given.image, verdicts)
    stopped, others = total(verdicts)
    print(f"{stopped} attacks were stopped, {others} were not ({time.monotonic() - started:.0f} s); {report} has all")
    return int(others > 0 or not verdicts)


if __name__ == "__main__":
    sys.exit(main())
