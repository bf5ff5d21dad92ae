# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write docs/evil-apps.md, the attacks of the bank as a table: python3 tests/security/page.py"""

from __future__ import annotations

import json
from pathlib import Path

from attack import GOALS, WHO
from bank import ATTACKS

PAGE = Path(__file__).resolve().parents[2] / "docs/evil-apps.md"
RECORD = Path(__file__).with_name("recorded.json")

TEXT = """\
<!--
Copyright: (c) 2026, wsgiops contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->

# The attacks that the tests try

`make test-security` tries {count} attacks on a real host, prints what stopped each of them, and fails if one succeeded.
`tests/security/page.py` generates this page from the bank of attacks in `tests/security/` and from the last recorded
run. [security.md](security.md#who-is-trusted-with-what) says what follows from it.

```console
$ make test-security                                                    # all, about 20 minutes
$ .cache/venv/bin/python tests/security/run.py --list
$ .cache/venv/bin/python tests/security/run.py --keep pycache-link      # one; keep the host for inspection
```

## How it is tried

* **The host** is a test host: Debian 12 in a container, reached over SSH, with nginx in front. The app `shop` is the
  victim: it has secrets and a database, and is asked 20 times per second during every attack. The app `shell` is
  compromised: it runs what it is sent. `mallory` is a user who may log in. Every other attack brings an app of its
  own, deployed in one run with the victim and removed afterwards.
* **An attack has succeeded** if its code reports loot, or if the host shows damage: a request to the victim that
  failed, another main process or other data of the victim; a file of root that was changed or read, or its digest; a
  secret or data of the victim where an attacker can read it, in an output, or sent to a server; code that ran as root;
  a control character in the output of `ansible-playbook`; a run that does not end; a module that takes 250 MiB of
  memory; an app that can no longer be removed, or another app of the run without its result.
* **It was stopped** only if it was *refused*, with a message that names the app and the cause, or was *harmless*: its
  code demonstrably ran, or the app was deployed, and none of the above happened. Anything else fails the test.
* **Every attack is limited**: 3000 processes, 600 MB of disk, 300 MB of output, 500 MB of memory. Where the machine has
  no control group controller for a limit, the limit is *declared*: it is read from systemd in place of being reached.

## Who attacks

| | |
|---|---|
{who}

| aim | |
|---|---|
{goals}

## What was tried

{about}

| attack | who | aim | what is tried | stopped by | verdict |
|---|---|---|---|---|---|
{rows}
"""


def page() -> str:
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    rows = (
        f"| {one.name} | {one.who} | {one.goal} | {cell(one.what)} | {cell(one.stopped_by)} "
        f"| {cell(record['verdicts'].get(one.name, 'not recorded'))} |"
        for one in ATTACKS
    )
    return TEXT.format(
        count=len(ATTACKS),
        who="\n".join(f"| {name} | {meaning} |" for name, meaning in WHO.items()),
        goals="\n".join(f"| {name} | {meaning} |" for name, meaning in GOALS.items()),
        about=f"Recorded on {record['about']}.",
        rows="\n".join(rows),
    )


def cell(text: str) -> str:
    """Return the text for a table cell, where a bar would end the cell even inside code."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
