# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run programs on the host."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError


@dataclass(frozen=True)
class Completed:
    argv: tuple[str, ...]
    rc: int
    out: str
    err: str

    @property
    def tail(self) -> str:
        """The last lines of the output, as evidence."""
        lines = (self.out + "\n" + self.err).strip().splitlines()
        return "\n".join(lines[-25:])


class Runner:
    """A thin wrapper around subprocess, so that effects can be observed and replaced in one place."""

    def run(
        self,
        argv: Sequence[str],
        *,
        check: bool = True,
        env: Optional[Mapping[str, str]] = None,
        cwd: Optional[str] = None,
        stdin: Optional[str] = None,
        timeout: Optional[float] = None,
        cause: str = "",
    ) -> Completed:
        """Run a program and return its output.

        Raise HostError, with `cause` if given, if the program is missing, does not finish within `timeout` seconds or,
        with `check`, fails.
        """
        try:
            done = subprocess.run(  # pylint: disable=ansible-bad-function  # run_command has no timeout
                list(argv),
                env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
                cwd=cwd,
                input=stdin,
                stdin=subprocess.DEVNULL if stdin is None else None,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=timeout,
                check=False,
            )
        except FileNotFoundError as exc:
            raise HostError(cause or f"{argv[0]} is not installed on this host.", str(exc)) from exc
        except subprocess.TimeoutExpired as exc:
            raise HostError(cause or f"{argv[0]} did not finish.", f"Stopped after {timeout:g} s.") from exc
        completed = Completed(tuple(argv), done.returncode, done.stdout, done.stderr)
        if check and completed.rc != 0:
            command = " ".join(shlex.quote(word) for word in argv)
            raise HostError(cause or f"`{command}` failed with exit status {completed.rc}.", completed.tail)
        return completed
