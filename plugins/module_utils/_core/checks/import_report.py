# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an import check has seen, as a verdict that a person can act on."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.app_kind import kind_problem
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.import_suspects import (
    ENOENT,
    EROFS,
    Suspect,
)

LONGEST_CAUSE = 300
OUTPUT_LINES = 10
# What systemd could not do, by the exit status that it gives instead of the program's.
_START_STEPS = {
    200: "the working directory cannot be entered",
    203: "the interpreter cannot be run",
    216: "the group cannot be taken",
    217: "there is no such user",
    226: "the sandbox cannot be set up",
    233: "the runtime directory cannot be made",
}


@dataclass(frozen=True)
class About:
    """What was asked, and the names of the variables that would change the answer."""

    where: str
    target: str
    limit: int
    env: str = "env"
    sandbox: str = "sandbox"
    limit_variable: str = ""
    configs: tuple[str, ...] = ()  # the files of settings, which Gunicorn runs before it imports the app
    hooks: str = "hooks"
    settings: str = "settings"
    worker_classes: Mapping[str, str] = field(default_factory=dict)

    @property
    def module(self) -> str:
        return self.target.partition(":")[0]

    @property
    def name(self) -> str:
        return self.target.partition(":")[2] or "application"


@dataclass(frozen=True)
class Verdict:
    """Why the app is refused."""

    cause: str
    evidence: str


def passed(report: Mapping[str, Any]) -> bool:
    answer = report.get("answer") or {}
    return bool(answer) and not answer.get("problem")


def result(report: Mapping[str, Any]) -> dict[str, Any]:
    """What a caller is told of an app that can be imported, or as much of it as is known."""
    answer = report.get("answer") or {}
    return {
        "ok": passed(report),
        **{
            key: answer.get(key)
            for key in ("kind", "factory", "seconds", "memory_bytes", "import_bytes", "gunicorn", "python")
        },
        "output_bytes": report.get("output_bytes", 0),
    }


def judge(report: Mapping[str, Any], about: About) -> Optional[Verdict]:
    """None for an app that Gunicorn can serve."""
    answer = report.get("answer") or {}
    if not answer:
        cause, evidence = _ended(report, about)
    elif answer.get("problem"):
        cause, evidence = _PROBLEMS[answer["problem"]](answer, about)
    else:
        cause = kind_problem(answer["kind"], about.target, about.worker_classes, answer.get("gunicorn", ""))
        if not cause:
            return None
        return Verdict(f"{about.where}: {cause}", "")
    where = {"config": about.hooks, "file": f"{about.settings}.{answer.get('setting')}"}
    place = where.get(str(answer.get("problem")), about.where)
    return Verdict(f"{place}: {cause}", "\n".join([*evidence, *_printed(report)]))


def advice(suspect: Suspect, about: About) -> str:
    """The proven switches, ready to be copied."""
    entries = ", ".join(
        f"{{directive: {name}, value: {json.dumps(value)}, reason: {json.dumps(suspect.reason, ensure_ascii=False)}}}"
        for name, value in suspect.switches
    )
    names = " and ".join(name for name, _value in suspect.switches)
    return f"The sandbox is in the way: with {names} open the import passes. If the app needs that:\n" + (
        f"{about.sandbox}: [{entries}]"
    )


# ---- an answer with a problem ------------------------------------------------------------------------------------


def _exception(answer: Mapping[str, Any], about: About) -> tuple[str, list[str]]:
    first = answer["exceptions"][0]
    cause = f"{_what(answer, about)} failed: {_named(first, one_line=True)}"
    return cause, [*_chain(answer["exceptions"]), *_exception_hints(answer["exceptions"], about)]


def _exit(answer: Mapping[str, Any], about: About) -> tuple[str, list[str]]:
    code = answer.get("code")
    call = f"sys.exit({'' if code is None else json.dumps(code, ensure_ascii=False)})"
    return f"{_what(answer, about)} failed: it called {call}", _frames(answer["exceptions"][0]["frames"])


def _missing(answer: Mapping[str, Any], about: About) -> tuple[str, list[str]]:
    hint = nearest(answer["name"], answer["names"])
    return f"{about.module} has no '{answer['name']}'." + (f" {hint}" if hint else ""), []


def _not_callable(answer: Mapping[str, Any], about: About) -> tuple[str, list[str]]:
    if answer["factory"]:
        return f"{about.name} of {about.module} returns nothing that can be called: {_said(answer)}", []
    kind = "None" if answer["type"] == "NoneType" else f"of type {answer['type']}"
    return f"{about.name} of {about.module} cannot be called: it is {kind}.", []


def _target(answer: Mapping[str, Any], about: About) -> tuple[str, list[str]]:
    return f"'{about.target}' does not lead to an app: {_said(answer)}", []


def _gunicorn(answer: Mapping[str, Any], about: About) -> tuple[str, list[str]]:
    return f"there is no working Gunicorn: {_named(answer['exceptions'][0], one_line=True)}", _chain(
        answer["exceptions"]
    )


def _config(answer: Mapping[str, Any], about: About) -> tuple[str, list[str]]:
    first = answer["exceptions"][0]
    cause = f"running the file of hooks failed: {_named(first, one_line=True)}"
    return cause, [*_chain(answer["exceptions"]), *_exception_hints(answer["exceptions"], about)]


def _file(answer: Mapping[str, Any], about: About) -> tuple[str, list[str]]:
    exc = answer["exceptions"][0]
    why = {ENOENT: "there is no such file or directory", EROFS: "nothing can be written there"}
    said = why.get(exc["errno"]) or f"the service may not use it ({_named(exc, one_line=True)})"
    hint = "Its user is that of the unit, which sees the host through the sandbox."
    return f"{exc['file']!r}: {said}.", [hint, *([f"From {answer['config']}."] if len(about.configs) > 1 else [])]


_PROBLEMS = {
    "file": _file,
    "config": _config,
    "exception": _exception,
    "exit": _exit,
    "missing": _missing,
    "not-callable": _not_callable,
    "target": _target,
    "gunicorn": _gunicorn,
}


def nearest(name: str, names: Sequence[Sequence[str]]) -> str:
    """The name that was meant; where none is near, those that are apps."""
    folded = {candidate.lower(): candidate for candidate, _kind in names}
    near = difflib.get_close_matches(name.lower(), list(folded), n=1, cutoff=0.6)
    if near:
        meant = folded[near[0]]
        kind = next(kind for candidate, kind in names if candidate == meant)
        return f"Did you mean '{meant}{'()' if kind == 'factory' else ''}'?"
    apps = [candidate for candidate, kind in names if kind in ("wsgi", "asgi")][:5]
    return f"It has {', '.join(apps)}." if apps else ""


def _what(answer: Mapping[str, Any], about: About) -> str:
    if answer["factory"] and answer.get("imported"):
        return f"calling {about.name} of {about.module}"
    return f"importing {about.module}"


def _said(answer: Mapping[str, Any]) -> str:
    return str(answer["exceptions"][0]["message"])


def _named(exc: Mapping[str, Any], one_line: bool = False) -> str:
    text = str(exc["message"])
    if one_line:
        text = (text.strip().splitlines() or [""])[0]
        text = text if len(text) <= LONGEST_CAUSE else text[:LONGEST_CAUSE] + " …"
    return f"{exc['type']}: {text}" if text else str(exc["type"])


def _chain(exceptions: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [*_frames(exceptions[0]["frames"]), _named(exceptions[0])]
    for exc in exceptions[1:]:
        lines += ["It came from:", *_frames(exc["frames"][-2:]), _named(exc)]
    return lines


def _exception_hints(exceptions: Sequence[Mapping[str, Any]], about: About) -> list[str]:
    for exc in exceptions:
        if exc["variable"]:
            return [f"The environment has no {exc['variable']}. Set it in {about.env}."]
    absent = exceptions[0]["module"] if exceptions[0]["type"] == "ModuleNotFoundError" else ""
    if absent and (about.module == absent or about.module.startswith(absent + ".")):
        return [f"There is no {absent} on the search path, which begins with the working directory."]
    if absent and "." not in absent:
        return [f"Is {absent} among the requirements?"]
    return []


def _frames(frames: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = []
    for frame in frames:
        function = f" in {frame['function']}" if frame["function"] else ""
        lines.append(f"{frame['file']}:{frame['line']}{function}")
        if frame["source"]:
            lines.append(f"    {frame['source']}")
    return lines


# ---- no answer ---------------------------------------------------------------------------------------------------


def _ended(report: Mapping[str, Any], about: About) -> tuple[str, list[str]]:
    what = f"importing {about.module}" + (f" and calling {about.name}" if "(" in about.name else "")
    end = report.get("end")
    frames = _frames(report.get("frames", []))
    if end == "hang":
        wait = f" If it needs longer, raise {about.limit_variable}." if about.limit_variable else ""
        where = ["It was here:", *frames] if frames else ["It did not say where: it does not let its interpreter run."]
        return f"{what} did not end within {about.limit} s.{wait}", where
    if end == "signal":
        memory = report["signal"] == "SIGKILL"
        hint = ["The kernel does that when memory is used up: compare limits.memory_max with what it needs."]
        return f"{what} failed: the process was killed by {report['signal']}.", [*frames, *(hint if memory else [])]
    if end == "status":
        status = report["status"]
        return f"{what} failed: the process ended with exit status {status}, as os._exit({status}) does.", frames
    return _not_started(report)


def _not_started(report: Mapping[str, Any]) -> tuple[str, list[str]]:
    why = {
        "timeout": "it did not end in time",
        "oom-kill": "it used more memory than limits.memory_max allows",
    }.get(str(report.get("result")))
    why = why or _START_STEPS.get(report.get("status", 0)) or f"systemd says {report.get('result')}"
    return f"the import check could not be run: {why}.", str(report.get("journal", "")).splitlines()


def _printed(report: Mapping[str, Any]) -> list[str]:
    lines = str(report.get("output", "")).splitlines()[-OUTPUT_LINES:]
    if not lines:
        return []
    return [f"It printed {report['output_bytes']} bytes, at last:", *(f"  {line}" for line in lines)]
