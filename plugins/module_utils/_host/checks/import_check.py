# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Import an app exactly as its service would: same user, environment, directory, limits and sandbox."""

from __future__ import annotations

import contextlib
import inspect
import os
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
    Verdict,
    judge,
    passed,
    result,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.import_suspects import suspects
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.probe_reports import (
    LARGEST_REPORT,
    MAY_WRITE,
    read_report,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.sandbox_trial import (
    Switches,
    failed_open,
    open_switches,
    passed_closed,
    passed_open,
    suspicion,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.log_evidence import bounded
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
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.trees import remove_tree
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.systemd.systemd import SOON, Systemd

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
    """Return the facts about the imported app, or raise ImportFailed. The app runs once, in the unit's own sandbox.

    The service user must be able to read `directory` (see `stage`).
    """
    check = _Check(runner, systemd, service, about, interpreter, directory)
    try:
        report = check.run(unit_text)
    finally:
        check.clear()
    verdict = judge(report, about)
    if verdict is not None:
        guess = "" if passed(report) else suspicion(suspects(report, unit_text))
        raise _failed(report, verdict, guess, tuple(secrets))
    return dict(scrub_all(result(report), tuple(secrets)))


def try_import(
    runner: Runner,
    systemd: Systemd,
    service: str,
    unit_text: str,
    about: About,
    interpreter: str,
    directory: str,
    secrets: Iterable[str],
    opened: Switches,
) -> tuple[dict[str, Any], str]:
    """Run the app with switches open that a person has asked for, but only if it fails without.

    Return the facts about the imported app and the outcome in words, or raise ImportFailed. No deploy calls this.
    """
    secrets = tuple(secrets)
    check = _Check(runner, systemd, service, about, interpreter, directory)
    try:
        report = check.run(unit_text)
        needed = not passed(report)
        if needed:
            report = check.run(open_switches(unit_text, opened))
    finally:
        check.clear()
    verdict = judge(report, about)
    if verdict is not None:
        raise _failed(report, verdict, failed_open(opened) if needed else "", secrets)
    trial = {"opened": [{"directive": name, "value": value} for name, value in opened], "needed": needed}
    outcome = passed_open(opened, about.sandbox) if needed else passed_closed(opened)
    return {**scrub_all(result(report), secrets), "trial": trial}, outcome


def _failed(report: Mapping[str, Any], verdict: Verdict, more: str, secrets: tuple[str, ...]) -> ImportFailed:
    text = "\n".join(part for part in (verdict.evidence, more) if part)
    known = {**result(report), "ok": False}
    cause, evidence = (bounded(scrub(part, secrets)) for part in (verdict.cause, text))
    return ImportFailed(cause, evidence, scrub_all(known, secrets))


@contextlib.contextmanager
def stage(path: str) -> Iterator[str]:
    """Provide a directory that any user can read, for the duration of a check."""
    if os.path.isdir(path):  # left by a killed run
        remove_tree(path)
    os.mkdir(path, mode=0o755)
    os.chmod(path, 0o755)  # regardless of the umask
    try:
        yield path
    finally:
        remove_tree(path)


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
        limit = self.about.limit + MARGIN + SOON
        self._runner.run(["systemctl", "start", "--", self._name], check=False, timeout=limit)
        return _read_report(f"{self._directory}/report.json", self.about.where) or self._not_run(unit_text, started)

    def clear(self) -> None:
        """Remove the unit, its process and its directory, including what a killed run has left."""
        state = self._systemd.show([self._name], ["LoadState", "ActiveState"])[self._name]
        if state.get("ActiveState") not in ("inactive", "failed"):
            self._runner.run(["systemctl", "stop", "--", self._name], check=False, timeout=SOON)
        for path in (self._unit, self._probe):
            if os.path.lexists(path):
                os.unlink(path)
        if os.path.isdir(self._directory):
            remove_tree(self._directory)
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
