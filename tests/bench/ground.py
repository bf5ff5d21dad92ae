# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host that is measured, and runs on it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

from rig import ROOT, Host, Result, run_playbook

STATE = ROOT / ".cache" / "bench"
SITE = "wsgiops.gunicorn.site"
DRIFT = "wsgiops.gunicorn.drift"
FACTS = "- hosts: all\n  gather_facts: true\n  become: true\n"


@dataclass
class Ground:
    """A host for one benchmark after the other."""

    host: Host
    image: str

    def run(
        self,
        playbook: str,
        variables: Optional[Mapping[str, Any]] = None,
        *options: str,
        changes: Optional[bool] = None,
    ) -> float:
        """Run a playbook and return its seconds; stop everything where it does not do what is measured."""
        result = self.result(playbook, variables, *options)
        if changes is not None and bool(result.changed) != changes:
            sys.exit(f"bench: {playbook} changed {result.changed} tasks, which is not what is measured")
        return result.seconds

    def result(self, playbook: str, variables: Optional[Mapping[str, Any]] = None, *options: str) -> Result:
        """Run a playbook that must not fail."""
        result = run_playbook(playbook, self.host, variables or {}, STATE, *options)
        if result.status:
            sys.exit(f"bench: {playbook} failed\n{result.output[-4000:]}")
        return result
