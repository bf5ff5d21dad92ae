# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report at the end of a run what has drifted, in the terminal and in files for CI systems."""

from __future__ import annotations

DOCUMENTATION = r"""
name: drift_report
type: notification
short_description: Report drift in the terminal, and as JSON, JUnit XML, SARIF and Markdown
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - Collects the findings of M(wsgiops.gunicorn.gunicorn_drift) for every host of the run, and prints them as a table at
    the end.
  - A host that was unreachable, that failed before it was checked, or that the run never got to is reported as not
    checked. It is never counted as clean.
  - Prints nothing if the run does not look for drift.
  - Paths are relative to the working directory. Missing directories are created, and files are overwritten.
requirements:
  - the callback must be enabled, with C(callbacks_enabled) or E(ANSIBLE_CALLBACKS_ENABLED)
options:
  json:
    description: Path of the JSON report.
    type: str
    ini:
      - section: callback_drift_report
        key: json
    env:
      - name: WSGIOPS_DRIFT_JSON
  junit:
    description: Path of the JUnit XML report, for GitLab.
    type: str
    ini:
      - section: callback_drift_report
        key: junit
    env:
      - name: WSGIOPS_DRIFT_JUNIT
  sarif:
    description: Path of the SARIF 2.1.0 report, for GitHub code scanning.
    type: str
    ini:
      - section: callback_drift_report
        key: sarif
    env:
      - name: WSGIOPS_DRIFT_SARIF
  markdown:
    description: Path of the Markdown report, for a comment or a job summary.
    type: str
    ini:
      - section: callback_drift_report
        key: markdown
    env:
      - name: WSGIOPS_DRIFT_MARKDOWN
"""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from ansible.plugins.callback import CallbackBase
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.collect import SKIPPED, Collector
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.json_format import as_json
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.junit import junit
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.markdown import markdown
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.sarif import sarif
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.table import table

ACTION = "wsgiops.gunicorn.gunicorn_drift"
NAMES = (ACTION, ACTION.rpartition(".")[2])
FORMATS = {"json": as_json, "junit": junit, "sarif": sarif, "markdown": markdown}


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "wsgiops.gunicorn.drift_report"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._collector = Collector()
        self._started = datetime.now(timezone.utc)
        self._play: Any = None

    def v2_playbook_on_start(self, playbook: Any) -> None:
        # If the run ends before the play that checks, the report has to say so instead of staying silent.
        self._collector.wanted = any(map(checks, playbook.get_plays()))

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._play = play
        if checks(play):
            self._collector.expect(hosts(play))

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        # Dynamically included tasks are not yet among the play's tasks when it starts.
        if is_check(task) and self._play is not None:
            self._collector.expect(hosts(self._play))

    def v2_runner_on_ok(self, result: Any) -> None:
        host, task, values = unpacked(result)
        if is_check(task):
            self._collector.check(host, values)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        host, task, values = unpacked(result)
        if is_check(task):
            self._collector.check(host, values)
        elif not ignore_errors:
            self._collector.trouble(host, task.get_name(), values)

    def v2_runner_on_skipped(self, result: Any) -> None:
        host, task, _values = unpacked(result)
        if is_check(task):
            self._collector.check(host, {"skipped": True, "msg": SKIPPED})

    def v2_runner_on_unreachable(self, result: Any) -> None:
        host, task, values = unpacked(result)
        if is_check(task):
            self._collector.unreachable(host, values)
        else:
            self._collector.trouble(host, "", values)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        report = self._collector.report(self._started.strftime("%Y-%m-%dT%H:%M:%SZ"))
        if report is None:
            return
        self._display.display(f"\n{table(report)}")
        for option, render in FORMATS.items():
            path = self.get_option(option)
            if path:
                self._write(option, path, render(report))

    def _write(self, option: str, path: str, text: str) -> None:
        place = os.path.abspath(os.path.expanduser(path))
        try:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError as exc:
            # As an exception, it would become a warning that hides which report is missing, and skip the other reports.
            self._display.error(
                f"drift_report: cannot write {place}, set by option {option} ({env_name(option)}): "
                f"{exc.strerror or exc}",
                wrap_text=False,
            )


def env_name(option: str) -> str:
    return f"WSGIOPS_DRIFT_{option.upper()}"


def is_check(task: Any) -> bool:
    return task.action in NAMES or getattr(task, "resolved_action", None) == ACTION


def checks(play: Any) -> bool:
    """Tell whether a play looks for drift, without running it."""
    return any(is_check(task) for block in play.compile() for task in _tasks(block))


def _tasks(block: Any) -> Iterator[Any]:
    for one in (*block.block, *block.rescue, *block.always):
        if hasattr(one, "block"):
            yield from _tasks(one)
        else:
            yield one


def hosts(play: Any) -> list[str]:
    """Return all hosts of the play, including those that failed in earlier plays."""
    return list(play.get_variable_manager().get_vars(play=play).get("ansible_play_hosts_all") or ())


def unpacked(result: Any) -> tuple[str, Any, Mapping[str, Any]]:
    """Return host, task and values; ansible-core 2.18 has them under different names."""
    if hasattr(result, "host"):
        return result.host.get_name(), result.task, result.result
    return result._host.get_name(), result._task, result._result
