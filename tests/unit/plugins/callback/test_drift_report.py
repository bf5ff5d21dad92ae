# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The callback: what it makes of the events of a run, and where it writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Optional

import pytest
import yaml
from ansible_collections.wsgiops.gunicorn.plugins.callback.drift_report import (
    ACTION,
    DOCUMENTATION,
    FORMATS,
    NAMES,
    CallbackModule,
    env_name,
    is_check,
)

FINDING = {"kind": "unit-not-loaded", "severity": "error", "app": "shop", "subject": "gunicorn-shop-web.service"}


class Display:
    """As much of Ansible's display as the callback and its base need."""

    verbosity = 0

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.errors: list[str] = []

    def display(self, text: str) -> None:
        self.shown.append(text)

    def error(self, text: str, wrap_text: bool = True) -> None:
        self.errors.append(text)


def make_task(action: str, **more: Any) -> Any:
    return SimpleNamespace(action=action, get_name=lambda: f"name of {action}", **more)


def block(*tasks: Any) -> Any:
    return SimpleNamespace(block=list(tasks), rescue=[], always=[])


def make_play(hosts: list[str], *tasks: Any) -> Any:
    manager = SimpleNamespace(get_vars=lambda play: {"ansible_play_hosts_all": hosts})
    return SimpleNamespace(compile=lambda: [block(block(*tasks))], get_variable_manager=lambda: manager)


def new_result(host: str, task: Any, values: dict[str, Any]) -> Any:
    return SimpleNamespace(host=SimpleNamespace(get_name=lambda: host), task=task, result=values)


def old_result(host: str, task: Any, values: dict[str, Any]) -> Any:
    return SimpleNamespace(_host=SimpleNamespace(get_name=lambda: host), _task=task, _result=values)


CHECK = make_task(ACTION)
OTHER = make_task("ansible.builtin.command")


@pytest.fixture
def callback(monkeypatch: pytest.MonkeyPatch) -> CallbackModule:
    made = CallbackModule(display=Display())
    options: dict[str, Optional[str]] = dict.fromkeys(FORMATS)
    monkeypatch.setattr(made, "get_option", options.get)
    monkeypatch.setattr(made, "options", options, raising=False)
    return made


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        *((make_task(name), True) for name in NAMES),
        pytest.param(make_task("drift", resolved_action=ACTION), True, id="by another name"),
        pytest.param(make_task("other.ns.gunicorn_drift"), False, id="of another collection"),
        pytest.param(OTHER, False, id="another action"),
    ],
)
def test_is_check(task: Any, expected: bool) -> None:
    assert is_check(task) is expected


@pytest.mark.parametrize("result", [new_result, old_result], ids=["2.19 and newer", "2.18"])
def test_events_of_a_run(callback: Any, result: Callable[..., Any]) -> None:
    play = make_play(["clean", "drift", "away", "early", "late", "skipped"], OTHER, CHECK)
    callback.v2_playbook_on_start(SimpleNamespace(get_plays=lambda: [play]))
    callback.v2_playbook_on_play_start(play)
    callback.v2_runner_on_ok(result("clean", OTHER, {}))
    callback.v2_runner_on_failed(result("early", OTHER, {"msg": "no"}))
    callback.v2_runner_on_failed(result("late", OTHER, {"msg": "no"}), ignore_errors=True)
    callback.v2_runner_on_ok(result("clean", CHECK, {"findings": []}))
    callback.v2_runner_on_failed(result("drift", CHECK, {"findings": [FINDING], "msg": "1 finding"}))
    callback.v2_runner_on_unreachable(result("away", CHECK, {"msg": "no route"}))
    callback.v2_runner_on_skipped(result("skipped", CHECK, {}))
    callback.v2_playbook_on_stats(None)
    (shown,) = callback._display.shown
    assert [line for line in shown.splitlines() if line[:1].isalpha()] == [
        "DRIFT REPORT",
        "clean: clean",
        "drift: 1 finding",
        "away: NOT CHECKED: no route",
        "early: NOT CHECKED: name of ansible.builtin.command: no",
        "late: NOT CHECKED: was never checked",
        "skipped: NOT CHECKED: the check was skipped",
    ]


def test_a_run_without_a_check_prints_nothing(callback: Any) -> None:
    play = make_play(["web1"], OTHER)
    callback.v2_playbook_on_start(SimpleNamespace(get_plays=lambda: [play]))
    callback.v2_playbook_on_play_start(play)
    callback.v2_playbook_on_task_start(OTHER, False)
    callback.v2_runner_on_unreachable(new_result("web1", OTHER, {"msg": "no route"}))
    callback.v2_playbook_on_stats(None)
    assert callback._display.shown == []


def test_a_check_that_is_included(callback: Any) -> None:
    callback.v2_playbook_on_play_start(make_play(["web1", "web2"], OTHER))
    callback.v2_playbook_on_task_start(CHECK, False)
    callback.v2_runner_on_ok(new_result("web1", CHECK, {"findings": []}))
    callback.v2_playbook_on_stats(None)
    assert "web2: NOT CHECKED: was never checked" in callback._display.shown[0].splitlines()


def test_a_run_that_ends_before_the_check(callback: Any) -> None:
    callback.v2_playbook_on_start(SimpleNamespace(get_plays=lambda: [make_play(["web1"], CHECK)]))
    callback.v2_runner_on_unreachable(new_result("web1", OTHER, {"msg": "no route"}))
    callback.v2_playbook_on_stats(None)
    assert "web1: NOT CHECKED: no route" in callback._display.shown[0].splitlines()


@pytest.mark.parametrize(
    ("option", "start"),
    [("json", "{"), ("junit", "<?xml"), ("sarif", "{"), ("markdown", "## Drift")],
)
def test_files(callback: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, start: str) -> None:
    monkeypatch.chdir(tmp_path)
    callback.options[option] = "made/on the way/report"
    callback.v2_runner_on_ok(new_result("web1", CHECK, {"findings": [FINDING]}))
    callback.v2_playbook_on_stats(None)
    assert (tmp_path / "made/on the way/report").read_text(encoding="utf-8").startswith(start)
    assert callback._display.errors == []


def test_a_file_that_cannot_be_written(callback: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    callback.options.update(json=str(tmp_path / "file" / "report"), sarif=str(tmp_path / "report.sarif"))
    callback.v2_runner_on_ok(new_result("web1", CHECK, {"findings": []}))
    callback.v2_playbook_on_stats(None)
    (error,) = callback._display.errors
    assert "set by option json (WSGIOPS_DRIFT_JSON)" in error
    assert str(tmp_path / "file" / "report") in error
    assert json.loads((tmp_path / "report.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"


def test_the_documentation_names_the_options() -> None:
    options = yaml.safe_load(DOCUMENTATION)["options"]
    assert {name: option["env"] for name, option in options.items()} == {
        name: [{"name": env_name(name)}] for name in FORMATS
    }
    assert all(option["ini"] == [{"section": "callback_drift_report", "key": name}] for name, option in options.items())
