# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn the report of an import check into a verdict that a person can act on."""

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
)

LONGEST_CAUSE = 300
OUTPUT_LINES = 10
# Which step of starting a process failed, by the exit status that systemd reports instead of the program's.
_START_STEPS = {
    200: "cannot change to the working directory",
    203: "cannot execute the interpreter",
    216: "cannot set the group",
    217: "the user does not exist",
    226: "cannot set up the sandbox",
    233: "cannot create the runtime directory",
}


@dataclass(frozen=True)
class About:
    """The subject of a check, and the names of the variables that would change its outcome."""

    where: str
    target: str
    limit: int
    env: str = "env"
    sandbox: str = "sandbox"
    limit_variable: str = ""
    configs: tuple[str, ...] = ()  # the settings files, which Gunicorn runs before it imports the app
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
    """Return the facts about the imported app as a module returns them; None for those that are not known."""
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
    """Return why Gunicorn cannot serve the app; None if it can."""
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
        return f"{about.name} of {about.module} does not return a callable: {_message(answer)}", []
    kind = "None" if answer["type"] == "NoneType" else f"of type {answer['type']}"
    return f"{about.name} of {about.module} is not callable: it is {kind}.", []


def _target(answer: Mapping[str, Any], about: About) -> tuple[str, list[str]]:
    return f"'{about.target}' is not an app: {_message(answer)}", []


def _gunicorn(answer: Mapping[str, Any], about: About) -> tuple[str, list[str]]:
    return f"Gunicorn cannot be imported: {_named(answer['exceptions'][0], one_line=True)}", _chain(
        answer["exceptions"]
    )


def _config(answer: Mapping[str, Any], about: About) -> tuple[str, list[str]]:
    first = answer["exceptions"][0]
    cause = f"running the hooks file failed: {_named(first, one_line=True)}"
    return cause, [*_chain(answer["exceptions"]), *_exception_hints(answer["exceptions"], about)]


def _file(answer: Mapping[str, Any], about: About) -> tuple[str, list[str]]:
    exc = answer["exceptions"][0]
    known = {ENOENT: "no such file or directory", EROFS: "it is not writable for the service"}
    why = known.get(exc["errno"]) or f"the service is not allowed to use it ({_named(exc, one_line=True)})"
    hint = "This was tried as the unit's user, inside its sandbox."
    return f"{exc['file']!r}: {why}.", [hint, *([f"From {answer['config']}."] if len(about.configs) > 1 else [])]


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
    """Return a hint with the closest name, else with the names that are apps; '' if there are none."""
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


def _message(answer: Mapping[str, Any]) -> str:
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
        lines += ["Caused by:", *_frames(exc["frames"][-2:]), _named(exc)]
    return lines


def _exception_hints(exceptions: Sequence[Mapping[str, Any]], about: About) -> list[str]:
    for exc in exceptions:
        if exc["variable"]:
            return [f"The environment variable {exc['variable']} is not set. Set it in {about.env}."]
    absent = exceptions[0]["module"] if exceptions[0]["type"] == "ModuleNotFoundError" else ""
    if absent and (about.module == absent or about.module.startswith(absent + ".")):
        return [f"There is no module {absent} on the search path, which starts with the working directory."]
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
        where = ["It was here:", *frames] if frames else ["No Python frames available: it is stuck in native code."]
        return f"{what} did not finish within {about.limit} s.{wait}", where
    if end == "signal":
        memory = report["signal"] == "SIGKILL"
        hint = ["The kernel does that when memory runs out: compare limits.memory_max with what the app needs."]
        return f"{what} failed: the process was killed by {report['signal']}.", [*frames, *(hint if memory else [])]
    if end == "status":
        status = report["status"]
        return f"{what} failed: the process exited with status {status}, as after os._exit({status}).", frames
    return _not_started(report)


def _not_started(report: Mapping[str, Any]) -> tuple[str, list[str]]:
    why = {
        "timeout": "it timed out",
        "oom-kill": "it used more memory than limits.memory_max allows",
    }.get(str(report.get("result")))
    why = why or _START_STEPS.get(report.get("status", 0)) or f"systemd reports {report.get('result')}"
    return f"the import check could not be run: {why}.", str(report.get("journal", "")).splitlines()


def _printed(report: Mapping[str, Any]) -> list[str]:
    lines = str(report.get("output", "")).splitlines()[-OUTPUT_LINES:]
    if not lines:
        return []
    return [f"It printed {report['output_bytes']} bytes, ending with:", *(f"  {line}" for line in lines)]
