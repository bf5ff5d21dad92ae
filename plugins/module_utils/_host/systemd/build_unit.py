# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a build command as the service user, in its own transient unit.

Code from an index or a repository never runs as root, and if a command outlives a killed run, the next run can stop it
by the name of the unit.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import DesiredFile
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.environment_file import render_environment
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import write_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.ownership import give
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Completed, Runner

PROPERTIES = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectControlGroups": "yes",
    "RestrictSUIDSGID": "yes",
    "UMask": "0027",
    "KillMode": "control-group",
}


class BuildUnit:
    """The transient unit of an app; `stage` is a private directory for its input."""

    def __init__(self, runner: Runner, unit: str, user: str, stage: str, group: str = "") -> None:
        """The default group has the user's name."""
        self._group = group or user
        self._runner = runner
        self._unit = unit
        self._user = user
        self._stage = stage
        self._writable: list[str] = []

    def clear(self) -> None:
        """Stop and clean up what an earlier run left behind."""
        self._runner.run(["systemctl", "stop", self._unit], check=False)
        self._runner.run(["systemctl", "reset-failed", self._unit], check=False)
        if os.path.isdir(self._stage):
            shutil.rmtree(self._stage)
        os.makedirs(self._stage, mode=0o755)

    def close(self) -> None:
        if os.path.isdir(self._stage):
            shutil.rmtree(self._stage)

    def file(self, name: str, content: str) -> str:
        """Create a file in the stage and return its path."""
        path = f"{self._stage}/{name}"
        write_file(DesiredFile(path, content))
        return path

    def directory(self, name: str, copy_of: str = "") -> str:
        """Create a directory in the stage that the service user may write to, and return its path."""
        path = f"{self._stage}/{name}"
        if os.path.isdir(path):
            shutil.rmtree(path)
        if copy_of:
            shutil.copytree(copy_of, path, symlinks=True)
        else:
            os.mkdir(path, mode=0o755)
        give(path, self._user)
        self._writable.append(path)
        return path

    def run(
        self,
        argv: Sequence[str],
        *,
        cause: str,
        directory: str,
        writable: Sequence[str],
        env: Optional[Mapping[str, str]] = None,
        path: str = "",
        limit: int = 1800,
        check: bool = True,
    ) -> Completed:
        """Run a command without a shell and without systemd's expansion, for at most `limit` seconds.

        Raise HostError with `cause` if it fails, unless `check` is false.
        """
        environment = f"{self._stage}/environment"
        write_file(DesiredFile(environment, render_environment(env or {}), mode=0o600))
        search = ":".join(part for part in (path, "/usr/local/bin:/usr/bin:/bin") if part)
        properties = {
            **PROPERTIES,
            "User": self._user,
            "Group": self._group,
            "WorkingDirectory": directory,
            "EnvironmentFile": environment,
            "Environment": f"PATH={search}",
            "RuntimeMaxSec": str(limit),
        }
        command = [
            "systemd-run",
            "--quiet",
            "--pipe",
            "--wait",
            "--collect",
            "--service-type=exec",
            f"--unit={self._unit}",
        ]
        command += [f"--property={name}={value}" for name, value in properties.items()]
        command += [f"--property=ReadWritePaths={directory}" for directory in (*self._writable, *writable)]
        words = [word.replace("$", "$$") for word in argv]
        done = self._runner.run([*command, "--", *words], check=False)
        if check and done.rc != 0:
            raise HostError(cause, f"exit status {done.rc}\n{done.tail}")
        return done
