# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports of the probes: those that the probes write are read, and no forged one reaches the code that judges it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.foreign import ForeignError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.import_report import About, judge, result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.import_suspects import suspects
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.probe_reports import (
    LARGEST_REPORT,
    MAY_WRITE,
    read_answer,
    read_report,
)

WHERE = "gunicorn_apps.shop.app"
ABOUT = About(where=WHERE, target="shop:app", limit=60, worker_classes={"web": "gthread"})
UNIT = "[Service]\nProtectHome=yes\nSystemCallFilter=@system-service\n"
FRAME = {"file": "/srv/shop/wsgi.py", "line": 7, "function": "<module>", "source": "import flask"}
EXCEPTION = {
    "type": "OSError",
    "bases": ["Exception"],
    "message": "[Errno 13] Permission denied: '/home/x'",
    "errno": 13,
    "file": "/home/x",
    "module": "",
    "variable": "",
    "frames": [FRAME],
}
ALWAYS = {"python": "3.11.2", "factory": False, "search_path": ["/srv/shop"], "gunicorn": "23.0.0", "imported": True}
PASSED = {**ALWAYS, "kind": "wsgi", "seconds": 0.2, "memory_bytes": 42_000_000, "import_bytes": 0}
FAILED = {**ALWAYS, "problem": "exception", "exceptions": [EXCEPTION]}


def report(answer: Any = None, **given: Any) -> str:
    about = {"end": "status", "status": 0, "signal": "", "answer": answer, "frames": [], "output": "hi\n"}
    return json.dumps({**about, "output_bytes": 3, **given})


PROBLEMS: Mapping[str, Mapping[str, Any]] = {
    "gunicorn": {},
    "config": {},
    "file": {"setting": "keyfile", "config": "/srv/r1/gunicorn-web.conf.py"},
    "exception": {},
    "exit": {"code": None},
    "target": {},
    "missing": {"name": "ap", "names": [["app", "wsgi"]]},
    "not-callable": {"name": "app", "type": "int"},
}
WRITTEN = {
    "passed": report(PASSED),
    "hang": report(end="hang", frames=[FRAME]),
    "signal": report(end="signal", signal="SIGSEGV", status=11),
    "status": report(end="status", status=3),
    "errno that is a text": report({**FAILED, "exceptions": [{**EXCEPTION, "errno": "E_BROKEN"}]}),
    "file name that is no UTF-8": report({**FAILED, "exceptions": [{**EXCEPTION, "file": "/home/\udcff"}]}),
    **{
        problem: report({**ALWAYS, "problem": problem, "exceptions": [EXCEPTION], **more})
        for problem, more in PROBLEMS.items()
    },
    **{
        f"exit with {code!r}": report({**ALWAYS, "problem": "exit", "exceptions": [EXCEPTION], "code": code})
        for code in (True, 3, -1, "no database")
    },
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_what_the_probe_writes_is_read_and_judged(text: str) -> None:
    found = read_report(text, WHERE)
    verdict = judge(found, ABOUT)
    suspects(found, UNIT)
    assert (verdict is None) is result(found)["ok"]
    if verdict:
        (verdict.cause + verdict.evidence).encode()


FORGED = {
    "list": ("[]", "it is a list, not a dictionary"),
    "number": ("7", "it is a number, not a dictionary"),
    "nothing": ("", "it is empty"),
    "deep": ('{"answer":' * 9999, "it is nested more than 24 levels deep"),
    "large": (report(PASSED, output="x" * LARGEST_REPORT), "it is larger than 512 KiB"),
    "unknown end": (report(end="won"), "`end` is not one of hang, signal, status"),
    "answer that is a list": (report([1]), "`answer` is a list, not a dictionary"),
    "unknown problem": (
        report({**FAILED, "problem": "fun"}),
        "`answer.problem` is not one of gunicorn, config, file, exception, exit, target, missing, not-callable",
    ),
    "problem without an exception": (
        report({**FAILED, "exceptions": []}),
        "`answer.exceptions` has fewer than 1 entries",
    ),
    "exception that is a text": (
        report({**FAILED, "exceptions": ["x"]}),
        "`answer.exceptions[0]` is text, not a dictionary",
    ),
    "message that is a number": (
        report({**FAILED, "exceptions": [{**EXCEPTION, "message": 5}]}),
        "`answer.exceptions[0].message` is a number, not text",
    ),
    "errno that is a list": (
        report({**FAILED, "exceptions": [{**EXCEPTION, "errno": []}]}),
        "`answer.exceptions[0].errno` is a list, not text",
    ),
    "frame without a file": (
        report({**FAILED, "exceptions": [{**EXCEPTION, "frames": [{}]}]}),
        "`answer.exceptions[0].frames[0].file` is missing",
    ),
    "missing without a name": (
        report({**FAILED, "problem": "missing"}),
        "`answer.name` is missing",
    ),
    "kind that is a dictionary": (report({**PASSED, "kind": {}}), "`answer.kind` is a dictionary, not text"),
    "seconds that are no number": (report({**PASSED, "seconds": "1"}), "`answer.seconds` is text, not a number"),
    "endless memory": (
        report({**PASSED, "memory_bytes": 10**17}),
        "`answer.memory_bytes` is not from 0 to 1e+15",
    ),
    "no memory": (report({**PASSED, "memory_bytes": None}), "`answer.memory_bytes` is null, not an integer"),
    "version with a terminal sequence": (
        report({**PASSED, "gunicorn": "23\x1b[2J"}),
        "`answer.gunicorn` is not a version",
    ),
    "output that is a list": (report(PASSED, output=[]), "`output` is a list, not text"),
    "status that is null": (report(status=None), "`status` is null, not an integer"),
}


@pytest.mark.parametrize(("text", "problem"), FORGED.values(), ids=FORGED)
def test_a_forged_report_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ForeignError) as error:
        read_report(text, WHERE)
    assert error.value.cause == f"{WHERE}: the report of the import check cannot be used: {problem}."
    assert error.value.evidence == MAY_WRITE


# ---- answers about settings --------------------------------------------------------------------------------------

JUDGED = {"unknown": ["wrokers"], "invalid": {"timeout": "Invalid value"}}
ANSWER = {
    "version": "23.0.0",
    "sections": {"bind": "Server Socket"},
    "instances": {"web": JUDGED},
    "hooks": {},
    "config": {},
}
HOOKS = {"hooks": ["post_fork"], "names": ["post_fork"], "functions": ["post_fork"], "settings": {}, "error": ""}
CONFIG = {"error": "", "traceback": [], "plain": {"workers": 3, "raw_env": ["A=1"]}, "others": ["wrokers"]}


@pytest.mark.parametrize(
    ("answer", "hooks", "config"),
    [
        pytest.param(ANSWER, False, False, id="settings"),
        pytest.param({**ANSWER, "hooks": HOOKS}, True, False, id="hooks"),
        pytest.param(
            {**ANSWER, "instances": {"web": JUDGED, "": JUDGED}, "config": CONFIG}, False, True, id="settings file"
        ),
    ],
)
def test_an_answer_is_read(answer: Mapping[str, Any], hooks: bool, config: bool) -> None:
    assert read_answer(json.dumps(answer), "it", ["web"], hooks, config) == answer


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param([], "it is a list, not a dictionary", id="list"),
        pytest.param({**ANSWER, "version": None}, "`version` is null, not text", id="no version"),
        pytest.param({**ANSWER, "version": "\x1b[2J"}, "`version` is not a version", id="terminal sequence"),
        pytest.param({**ANSWER, "sections": {"bind": 1}}, "`sections.bind` is a number, not text", id="section"),
        pytest.param({**ANSWER, "instances": {}}, "`instances.web` is missing", id="instance missing"),
        pytest.param(
            {**ANSWER, "instances": {"web": {"unknown": [], "invalid": []}}},
            "`instances.web.invalid` is a list, not a dictionary",
            id="invalid",
        ),
    ],
)
def test_a_forged_answer_is_refused(answer: Any, problem: str) -> None:
    with pytest.raises(ForeignError) as error:
        read_answer(json.dumps(answer), "what it answered", ["web"], hooks=False, config=False)
    assert error.value.cause == f"what it answered cannot be used: {problem}."


def test_hooks_that_were_asked_for_must_be_answered() -> None:
    with pytest.raises(ForeignError, match=r"`hooks\.hooks` is missing"):
        read_answer(json.dumps(ANSWER), "it", ["web"], hooks=True, config=False)
