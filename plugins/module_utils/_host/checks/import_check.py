# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Import an app exactly as its service would: same user, environment, directory, limits and sandbox."""

from __future__ import annotations

import contextlib
import inspect
import os
import shutil
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import DesiredFile
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import RUNTIME_UNITS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.scrub import scrub, scrub_all
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.import_report import (
    About,
    advice,
    judge,
    passed,
    result,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.import_suspects import (
    open_switches,
    suspects,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.probe_reports import (
    LARGEST_REPORT,
    MAY_WRITE,
    read_report,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.parsed_unit import parse_unit
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.runtime_units import (
    CHECK,
    check_unit,
    runtime_directory,
    variant_name,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.checks import import_probe
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import write_file
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import Systemd

TRIES = 3
MARGIN = 20  # seconds that the probe has to end the import after the limit; then systemd ends the probe


class ImportFailed(HostError):
    """The app cannot be served. `report` holds what is known about it nevertheless."""

    def __init__(self, cause: str, evidence: str, report: Mapping[str, Any]) -> None:
        super().__init__(cause, evidence)
        self.report = dict(report)


def check_import(
    runner: Runner,
    systemd: Systemd,
    service: str,
    unit_text: str,
    about: About,
    interpreter: str,
    directory: str,
    secrets: Iterable[str],
) -> dict[str, Any]:
    """Return the facts about the imported app, or raise ImportFailed.

    The service user must be able to read `directory` (see `stage`).
    """
    secrets = tuple(secrets)
    check = _Check(runner, systemd, service, about, interpreter, directory)
    try:
        report = check.run(unit_text)
        verdict = judge(report, about)
        if verdict is None:
            return dict(scrub_all(result(report), secrets))
        evidence = [verdict.evidence, "" if passed(report) else _blame(check, report, unit_text)]
    finally:
        check.clear()
    known = {**result(report), "ok": False}
    text = "\n".join(part for part in evidence if part)
    raise ImportFailed(scrub(verdict.cause, secrets), scrub(text, secrets), scrub_all(known, secrets))


@contextlib.contextmanager
def stage(path: str) -> Iterator[str]:
    """Provide a directory that any user can read, for the duration of a check."""
    if os.path.isdir(path):  # left by a killed run
        shutil.rmtree(path)
    os.mkdir(path, mode=0o755)
    os.chmod(path, 0o755)  # regardless of the umask
    try:
        yield path
    finally:
        shutil.rmtree(path)


def _blame(check: _Check, report: Mapping[str, Any], unit_text: str) -> str:
    """Return advice on a switch, but only if the import passes with that switch open."""
    for suspect in suspects(report, unit_text)[:TRIES]:
        if passed(check.run(open_switches(unit_text, suspect.switches))):
            return advice(suspect, check.about)
    return ""


class _Check:
    """The transient unit of a check, from its creation to its complete removal."""

    def __init__(
        self, runner: Runner, systemd: Systemd, service: str, about: About, interpreter: str, stage: str
    ) -> None:
        self.about = about
        self._runner = runner
        self._systemd = systemd
        self._service = service
        self._interpreter = interpreter
        self._name = variant_name(service, CHECK)
        self._unit = f"{RUNTIME_UNITS}/{self._name}"
        self._directory = runtime_directory(service, CHECK)
        self._probe = f"{stage}/import_probe.py"

    def run(self, unit_text: str) -> dict[str, Any]:
        self.clear()
        write_file(DesiredFile(self._probe, inspect.getsource(import_probe)))
        # Isolated from the app's search path and settings; only the child process uses those.
        command = [self._interpreter, "-I", "-S", self._probe, "watch", self.about.target, str(self.about.limit)]
        command += [self._directory, *self.about.configs]
        text = check_unit(self._service, unit_text, command, self.about.limit + MARGIN)
        write_file(DesiredFile(self._unit, text))
        self._systemd.load_new([self._name])
        started = f"@{time.time():.6f}"
        self._runner.run(["systemctl", "start", "--", self._name], check=False)
        return _read_report(f"{self._directory}/report.json", self.about.where) or self._not_run(unit_text, started)

    def clear(self) -> None:
        """Remove the unit, its process and its directory, including what a killed run has left."""
        state = self._systemd.show([self._name], ["LoadState", "ActiveState"])[self._name]
        if state.get("ActiveState") not in ("inactive", "failed"):
            self._runner.run(["systemctl", "stop", "--", self._name], check=False)
        for path in (self._unit, self._probe):
            if os.path.lexists(path):
                os.unlink(path)
        if os.path.isdir(self._directory):
            shutil.rmtree(self._directory)
        if state.get("LoadState") != "not-found":
            self._systemd.reset_failed([self._name])

    def _not_run(self, unit_text: str, started: str) -> dict[str, Any]:
        state = self._systemd.show([self._name], ["Result", "ExecMainStatus"])[self._name]
        service = parse_unit(unit_text)["Service"]
        return {
            "end": "not-started",
            "result": state.get("Result", ""),
            "status": int(state.get("ExecMainStatus") or 0),
            "journal": self._systemd.journal([self._name], started),
            "paths": [
                *service.get("WorkingDirectory", []),
                self._interpreter,
                os.path.realpath(self._interpreter),
            ],
        }


def _read_report(path: str, where: str) -> dict[str, Any]:
    """Return the report, {} if there is none. Only a small regular file is read: the app's user can write there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return {}
    except OSError as exc:
        raise _not_ours(where, exc.strerror or "it cannot be opened") from exc
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _not_ours(where, "it is not a regular file")
        return read_report(stream.read(LARGEST_REPORT + 1), where)


def _not_ours(where: str, problem: str) -> HostError:
    return HostError(f"{where}: the report of the import check cannot be used: {problem}.", MAY_WRITE)
