# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command of a build in a transient unit of its own: neither as root nor as the service.

If a command outlives a killed run, the next run can stop it by the name of the unit.
"""

from __future__ import annotations

import contextlib
import copy
import inspect
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.build_sandbox import (
    LONGEST,
    View,
    ending,
    properties,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.environment_file import render_environment
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.disk_watch import DiskWatch
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.ownership import give
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Completed, Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.trees import remove_tree

TRANSIENT = "/run/systemd/transient"
MARGIN = 60  # seconds until a command that systemd should have stopped is given up


@dataclass(frozen=True)
class Accounts:
    """Who runs the commands. The default group has the user's name."""

    user: str
    group: str = ""

    @property
    def gid(self) -> str:
        return self.group or self.user


class BuildUnit:
    """The transient unit of an app; `stage` is a directory that only root can enter.

    A command sees what is in the stage, and of the apps' directories only what it is shown.
    """

    def __init__(
        self,
        runner: Runner,
        unit: str,
        accounts: Accounts,
        stage: str,
        readable: Sequence[str] = (),
        resolvers: Sequence[str] = (),
    ) -> None:
        self._runner = runner
        self._unit = unit
        self._accounts = accounts
        self._stage = stage
        self._inner = f"{stage}/in"  # a bind mount has the mode of its source, so this one must be open to all
        self._readable = tuple(readable)
        self._resolvers = tuple(resolvers)
        self._writable: list[str] = []

    @property
    def user(self) -> str:
        return self._accounts.user

    def as_user(self, user: str) -> BuildUnit:
        """Return the same unit, whose commands run as another user."""
        other = copy.copy(self)
        other._accounts = Accounts(user)
        return other

    def clear(self) -> None:
        """Stop and clean up what an earlier run left behind."""
        if os.path.lexists(f"{TRANSIENT}/{self._unit}"):
            self._runner.run(["systemctl", "stop", self._unit], check=False)
            self._runner.run(["systemctl", "reset-failed", self._unit], check=False)
        remove_tree(self._stage)
        os.makedirs(self._stage, mode=0o700)
        os.mkdir(self._inner, mode=0o755)
        os.chmod(self._inner, 0o755)  # regardless of the umask

    def close(self) -> None:
        remove_tree(self._stage)

    def file(self, name: str, content: str) -> str:
        """Create a file in the stage, which the commands can read, and return its path."""
        path = f"{self._inner}/{name}"
        _write(path, content, 0o644)
        return path

    def path(self, name: str) -> str:
        return f"{self._inner}/{name}"

    def directory(self, name: str) -> str:
        """Create an empty directory in the stage that the commands can write to, and return its path."""
        path = f"{self._inner}/{name}"
        remove_tree(path)
        os.mkdir(path, mode=0o755)
        give(path, self._accounts.user)
        if path not in self._writable:
            self._writable.append(path)
        return path

    def code(self, *modules: ModuleType) -> str:
        """Copy modules of this collection into the stage, and return the directory to import them from."""
        top = f"{self._inner}/code"
        for module in modules:
            path = f"{top}/{module.__name__.replace('.', '/')}.py"
            if not os.path.exists(path):
                _write(path, inspect.getsource(module), 0o644)
        return top

    def run(
        self,
        argv: Sequence[str],
        *,
        cause: str,
        directory: str,
        writable: Sequence[str],
        readable: Sequence[str] = (),
        env: Optional[Mapping[str, str]] = None,
        path: str = "",
        limit: int = LONGEST,
        check: bool = True,
        network: bool = False,
        egress: Optional[tuple[str, ...]] = None,
        sockets: bool = False,
        accounts: Optional[Accounts] = None,
        opened: Sequence[tuple[str, str]] = (),
    ) -> Completed:
        """Run a command without a shell and without systemd's expansion, for at most `limit` seconds.

        Of the apps' directories it sees the stage and what is `readable`, and may write to what is `writable`.
        Raise HostError with `cause` if it fails, unless `check` is false.
        """
        who = accounts or self._accounts
        environment = f"{self._stage}/environment"
        _write(environment, render_environment(env or {}), 0o600)
        search = ":".join(part for part in (path, "/usr/local/bin:/usr/bin:/bin") if part)
        view = View(
            who.user,
            who.gid,
            directory,
            (self._inner, *self._readable, *readable),
            (*self._writable, *writable),
            network=network,
            egress=egress,
            resolvers=self._resolvers,
            sockets=sockets,
            seconds=limit,
            opened=tuple(opened),
        )
        command = ["systemd-run", "--quiet", "--pipe", "--wait", "--service-type=exec", f"--unit={self._unit}"]
        command += [f"--property=EnvironmentFile={environment}", f"--property=Environment=PATH={search}"]
        command += [f"--property={name}={value}" for name, value in properties(view)]
        words = [word.replace("$", "$$") for word in argv]
        with DiskWatch(self._runner, self._unit, os.path.dirname(self._stage)) as disk:
            done = self._runner.run([*command, "--", *words], check=False, timeout=limit + MARGIN, cause=cause)
        if done.rc == 0:
            return done
        result = self._result()
        if disk.problem or check:
            raise HostError(cause, f"{disk.problem or ending(result, done.rc, limit)}\n{done.tail}")
        return done

    def _result(self) -> str:
        """Return how systemd says that the failed command ended, and unload its unit."""
        shown = self._runner.run(["systemctl", "show", "--property=Result", "--value", self._unit], check=False)
        self._runner.run(["systemctl", "reset-failed", self._unit], check=False)
        return shown.out.strip()


def _write(path: str, content: str, mode: int) -> None:
    """Write a file of the stage. It need not survive a crash: waiting for the disk would be most of a short step."""
    _open_directory(os.path.dirname(path))
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
        os.fchmod(descriptor, mode)  # regardless of the umask
        stream.write(content)


def _open_directory(path: str) -> None:
    """Create the directory and its parents, readable by everyone regardless of the umask."""
    if not os.path.isdir(path):
        _open_directory(os.path.dirname(path))
        os.mkdir(path)
        os.chmod(path, 0o755)
