# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first tasks of `site` and `drift` look with the very options that the roles converge with."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("playbook", "look"), [("site", "gunicorn_site_info"), ("drift", "gunicorn_drift")])
@pytest.mark.parametrize("part", ["host", "apps", "proxy"])
def test_same_options_as_the_role(part: str, playbook: str, look: str) -> None:
    task = yaml.safe_load((ROOT / f"playbooks/{playbook}.yml").read_text(encoding="utf-8"))[0]["tasks"][0]
    role = yaml.safe_load((ROOT / f"roles/gunicorn_{part}/tasks/main.yml").read_text(encoding="utf-8"))[0]
    assert task[f"wsgiops.gunicorn.{look}"][part] == role[f"wsgiops.gunicorn.gunicorn_{part}"]
