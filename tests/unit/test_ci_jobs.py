# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CI jobs of docs/drift-reports.md end as they should, whatever ansible-playbook makes of a run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

PAGE = Path(__file__).resolve().parents[2] / "docs/drift-reports.md"
JOBS: list[dict[Any, Any]] = [
    yaml.safe_load(block)
    for block in re.findall(r"^```yaml\n(.+?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
]
GITHUB = next(job for job in JOBS if "jobs" in job)["jobs"]["drift"]["steps"]
GITLAB = next(job for job in JOBS if "drift" in job)["drift"]
LOOK = next(step for step in GITHUB if step.get("id") == "drift")
SCRIPTS = {"github": LOOK["run"], "gitlab": "\n".join(GITLAB["script"])}
CHECKED, LOST, NONE = (
    f'{{"summary": {{"hosts": {hosts}, "unchecked": {unchecked}}}}}' for hosts, unchecked in ((2, 0), (2, 1), (0, 0))
)


@pytest.mark.parametrize("service", SCRIPTS)
@pytest.mark.parametrize(
    ("ended", "report", "expected"),
    [
        pytest.param(0, CHECKED, 0, id="clean"),
        pytest.param(2, CHECKED, 2, id="drift"),
        pytest.param(4, LOST, 4, id="unreachable"),
        pytest.param(2, LOST, 4, id="an error of Ansible's own"),
        pytest.param(0, LOST, 4, id="a host that left the play"),
        pytest.param(0, NONE, 4, id="no hosts"),
        pytest.param(1, "", 4, id="no report"),
        pytest.param(250, CHECKED, 250, id="broke off"),
    ],
)
def test_status(service: str, ended: int, report: str, expected: int, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "python").symlink_to(sys.executable)
    playbook = tools / "ansible-playbook"
    playbook.write_text(f"#!/bin/sh\n[ -z '{report}' ] || echo '{report}' > drift.json\nexit {ended}\n")
    playbook.chmod(0o755)
    env = {"PATH": f"{tools}:/usr/bin:/bin", "GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary"}
    done = subprocess.run(["bash", "-e", "-c", SCRIPTS[service]], cwd=tmp_path, env=env, check=False)
    assert done.returncode == expected
    if service == "github":
        assert (tmp_path / "output").read_text() == f"status={expected}\n"


def test_what_the_services_make_of_it() -> None:
    """Alerts only of hosts that were all checked; a warning only for drift."""
    (upload,) = (step for step in GITHUB if "upload-sarif" in step.get("uses", ""))
    assert re.findall(r'"(\d+)"', upload["if"]) == ["0", "2"]
    assert GITLAB["allow_failure"] == {"exit_codes": 2}


def test_files() -> None:
    (upload,) = (step for step in GITHUB if "upload-sarif" in step.get("uses", ""))
    assert upload["with"]["sarif_file"] == LOOK["env"]["WSGIOPS_DRIFT_SARIF"]
    assert GITLAB["artifacts"]["reports"]["junit"] == GITLAB["variables"]["WSGIOPS_DRIFT_JUNIT"]
    assert {LOOK["env"]["WSGIOPS_DRIFT_JSON"], GITLAB["variables"]["WSGIOPS_DRIFT_JSON"]} == {"drift.json"}
