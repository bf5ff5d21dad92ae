# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a failed import is told as: the cause in one line, and the evidence that a person needs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.import_report import (
    LONGEST_CAUSE,
    OUTPUT_LINES,
    About,
    Verdict,
    judge,
    nearest,
    passed,
    result,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.import_suspects import (
    EACCES,
    ENOENT,
    EROFS,
)

WHERE = "gunicorn_apps.shop.app"
ABOUT = About(
    where=WHERE,
    target="shop.wsgi:application",
    limit=60,
    env="gunicorn_apps.shop.env or secret_env",
    sandbox="gunicorn_apps.shop.sandbox",
    limit_variable="gunicorn_apps.shop.health.within",
    configs=("/srv/r1/gunicorn-web.conf.py",),
    hooks="gunicorn_apps.shop.hooks",
    settings="gunicorn_apps.shop.settings",
    worker_classes={"web": "gthread"},
)
FACTORY = About(WHERE, "shop:create_app('x')", 60)
FRAME = {"file": "/srv/shop/wsgi.py", "line": 7, "function": "<module>", "source": "import flask"}
PLACE = ["/srv/shop/wsgi.py:7 in <module>", "    import flask"]


def exc(type: str = "ValueError", message: str = "broken", **given: Any) -> dict[str, Any]:
    said = {"type": type, "bases": [], "message": message, "errno": None, "file": "", "module": "", "variable": ""}
    return {**said, "frames": [FRAME], **given}


def answered(problem: str = "", *exceptions: dict[str, Any], **given: Any) -> dict[str, Any]:
    """A report in which the import came to an answer."""
    answer = {"factory": False, "gunicorn": "23.0.0", "python": "3.11.2", "kind": "wsgi", **given}
    if problem:
        answer = {**answer, "problem": problem, "exceptions": list(exceptions) or [exc()]}
    return {"end": "status", "status": 0, "answer": answer, "output": "", "output_bytes": 0}


def refused(report: dict[str, Any], about: About = ABOUT) -> Verdict:
    verdict = judge(report, about)
    assert verdict is not None
    return verdict


def cause(report: dict[str, Any], about: About = ABOUT) -> str:
    return refused(report, about).cause


def evidence(report: dict[str, Any], about: About = ABOUT) -> list[str]:
    return refused(report, about).evidence.splitlines()


# ---- passed, or not ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        pytest.param(answered(), True, id="imported"),
        pytest.param(answered("exception"), False, id="a problem"),
        pytest.param({"end": "hang", "answer": None}, False, id="no answer"),
        pytest.param({}, False, id="no report"),
    ],
)
def test_passed(report: dict[str, Any], expected: bool) -> None:
    assert passed(report) is expected
    assert result(report)["ok"] is expected


def test_result_keeps_what_is_known() -> None:
    told = result({**answered(seconds=0.5, memory_bytes=9, import_bytes=3), "output_bytes": 12})
    assert told == {
        "ok": True,
        "kind": "wsgi",
        "factory": False,
        "seconds": 0.5,
        "memory_bytes": 9,
        "import_bytes": 3,
        "gunicorn": "23.0.0",
        "python": "3.11.2",
        "output_bytes": 12,
    }


def test_result_of_nothing() -> None:
    told = result({})
    assert set(told) == set(result(answered()))
    assert (told["kind"], told["memory_bytes"], told["output_bytes"]) == (None, None, 0)


@pytest.mark.parametrize("kind", ["wsgi", "unknown"])
def test_an_app_that_can_be_served(kind: str) -> None:
    assert judge(answered(kind=kind), ABOUT) is None


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        pytest.param({"kind": "asgi", "gunicorn": "25.0.0"}, "`worker_class: asgi`", id="another kind"),
        pytest.param({"kind": "asgi", "gunicorn": "23.0.0"}, "uvicorn_worker.UvicornWorker", id="an old Gunicorn"),
        pytest.param({"kind": "factory"}, "'shop.wsgi:application()'", id="factory"),
    ],
)
def test_an_app_that_no_worker_serves(answer: dict[str, Any], named: str) -> None:
    verdict = refused(answered(**answer))
    assert verdict.cause.startswith(f"{WHERE}: ")
    assert named in verdict.cause
    assert verdict.evidence == ""


# ---- what is blamed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "variable"),
    [
        (answered("exception"), WHERE),
        (answered("exit", code=1), WHERE),
        (answered("missing", name="app", names=[]), WHERE),
        (answered("target"), WHERE),
        (answered("gunicorn"), WHERE),
        (answered("config"), "gunicorn_apps.shop.hooks"),
        (
            answered("file", exc(file="/x", errno=ENOENT), setting="certfile", config="c"),
            "gunicorn_apps.shop.settings.certfile",
        ),
        pytest.param({"end": "hang"}, WHERE, id="no answer"),
    ],
)
def test_the_variable_to_look_at(report: dict[str, Any], variable: str) -> None:
    assert cause(report).startswith(f"{variable}: ")


@pytest.mark.parametrize(
    ("answer", "about", "what"),
    [
        pytest.param({}, ABOUT, "importing shop.wsgi", id="module"),
        pytest.param({"imported": True}, ABOUT, "importing shop.wsgi", id="no factory"),
        pytest.param({"factory": True}, FACTORY, "importing shop", id="factory, not come so far"),
        pytest.param({"factory": True, "imported": True}, FACTORY, "calling create_app('x') of shop", id="factory"),
    ],
)
@pytest.mark.parametrize("problem", ["exception", "exit"])
def test_what_was_tried(problem: str, answer: dict[str, Any], about: About, what: str) -> None:
    assert cause(answered(problem, **answer), about).startswith(f"{WHERE}: {what} ")


# ---- exceptions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "told"),
    [
        pytest.param("broken", "ValueError: broken", id="message"),
        pytest.param("", "ValueError", id="no message"),
        pytest.param("\n\nfirst\nsecond", "ValueError: first", id="the first line that says something"),
        pytest.param("  \n ", "ValueError", id="nothing but space"),
        pytest.param("x" * LONGEST_CAUSE, "ValueError: " + "x" * LONGEST_CAUSE, id="just short enough"),
        pytest.param("x" * (LONGEST_CAUSE + 1), "ValueError: " + "x" * LONGEST_CAUSE + " …", id="too long"),
    ],
)
@pytest.mark.parametrize("problem", ["exception", "config", "gunicorn"])
def test_the_cause_is_one_line(problem: str, message: str, told: str) -> None:
    assert cause(answered(problem, exc(message=message))).endswith(told)


@pytest.mark.parametrize("problem", ["exception", "config", "gunicorn"])
def test_where_it_was_and_all_that_it_said(problem: str) -> None:
    assert evidence(answered(problem, exc(message="one\ntwo"))) == [*PLACE, "ValueError: one", "two"]


def test_frames() -> None:
    frames = [{**FRAME, "function": ""}, {**FRAME, "line": 9, "source": ""}]
    assert evidence(answered("exception", exc(frames=frames)))[:3] == [
        "/srv/shop/wsgi.py:7",
        "    import flask",
        "/srv/shop/wsgi.py:9 in <module>",
    ]


def test_what_an_exception_came_from() -> None:
    frames = [{**FRAME, "line": line, "source": ""} for line in (1, 2, 3)]
    told = evidence(answered("exception", exc(), exc("OSError", "no disk", frames=frames)))
    assert told.index("ValueError: broken") < told.index("OSError: no disk")
    assert [line for line in told if line.endswith("in <module>")] == [
        PLACE[0],
        "/srv/shop/wsgi.py:2 in <module>",
        "/srv/shop/wsgi.py:3 in <module>",
    ]


def absent(module: str) -> dict[str, Any]:
    return exc("ModuleNotFoundError", f"No module named {module!r}", module=module)


@pytest.mark.parametrize(
    ("exceptions", "words"),
    [
        pytest.param([absent("flask")], ["flask", "requirements"], id="a package"),
        pytest.param([absent("shop")], ["shop", "search path"], id="the app's own package"),
        pytest.param([absent("shop.wsgi")], ["shop.wsgi", "search path"], id="the app's own module"),
        pytest.param([exc(variable="DB_URL")], ["DB_URL", "gunicorn_apps.shop.env or secret_env"], id="a variable"),
        pytest.param(
            [exc(), exc("KeyError", "'DB_URL'", variable="DB_URL")], ["DB_URL", "env"], id="a variable further down"
        ),
        pytest.param(
            [absent("flask"), exc("KeyError", variable="DB_URL")], ["DB_URL"], id="a variable says more than a package"
        ),
    ],
)
@pytest.mark.parametrize("problem", ["exception", "config"])
def test_hints(problem: str, exceptions: list[dict[str, Any]], words: list[str]) -> None:
    hint = evidence(answered(problem, *exceptions))[-1]
    assert [word for word in words if word not in hint] == []


@pytest.mark.parametrize(
    "exceptions",
    [
        pytest.param([exc()], id="no import"),
        pytest.param([absent("flask.missing")], id="a module of a package that is there"),
        pytest.param([absent("shop.models")], id="a module of the app that somebody misspelt"),
        pytest.param([exc("ImportError", "cannot import name 'x'", module="flask")], id="a name of a module"),
        pytest.param([exc(), absent("flask")], id="a package that the app could do without"),
    ],
)
def test_no_hint(exceptions: list[dict[str, Any]]) -> None:
    told = evidence(answered("exception", *exceptions))
    assert told[-1] == f"{exceptions[-1]['type']}: {exceptions[-1]['message']}"


@pytest.mark.parametrize(
    ("code", "call"),
    [(None, "sys.exit()"), (0, "sys.exit(0)"), (3, "sys.exit(3)"), ('no "ü"', 'sys.exit("no \\"ü\\"")')],
)
def test_exit(code: Any, call: str) -> None:
    report = answered("exit", exc("SystemExit", ""), code=code)
    assert cause(report).endswith(call)
    assert evidence(report) == PLACE


# ---- the name of the app -----------------------------------------------------------------------------------------

NAMES = [["App", "other"], ["application", "wsgi"], ["create_app", "factory"], ["feed", "asgi"]]


@pytest.mark.parametrize(
    ("name", "names", "expected"),
    [
        pytest.param("aplication", NAMES, "'application'?", id="misspelt"),
        pytest.param("APPLICATION", NAMES, "'application'?", id="another case"),
        pytest.param("app", NAMES, "'App'?", id="the case of the module"),
        pytest.param("create_ap", NAMES, "'create_app()'?", id="a factory is to be called"),
        pytest.param("zzz", NAMES, "application, feed.", id="nothing near: the apps"),
        pytest.param("zzz", [["thing", "other"]], "", id="nothing near, and no app"),
        pytest.param("zzz", [], "", id="nothing at all"),
        pytest.param("zzz", [[f"w{n}", "wsgi"] for n in range(9)], "w0, w1, w2, w3, w4.", id="not too many"),
    ],
)
def test_nearest(name: str, names: list[list[str]], expected: str) -> None:
    told = nearest(name, names)
    assert told.endswith(expected)
    assert bool(told) is bool(expected)


@pytest.mark.parametrize("names", [NAMES, []])
def test_a_name_that_is_missing(names: list[list[str]]) -> None:
    report = answered("missing", name="aplication", names=names)
    told = cause(report)
    assert "shop.wsgi" in told
    assert "'aplication'" in told
    assert ("'application'" in told) is bool(names)
    assert told == told.strip()
    assert evidence(report) == []


@pytest.mark.parametrize(
    ("answer", "about", "words"),
    [
        pytest.param({"type": "dict"}, ABOUT, ["application of shop.wsgi", "dict"], id="a value"),
        pytest.param({"type": "NoneType"}, ABOUT, ["application of shop.wsgi", "None."], id="nothing"),
        pytest.param({"type": "", "factory": True}, FACTORY, ["create_app('x') of shop", "broken"], id="a factory"),
        pytest.param({"type": "dict"}, About(WHERE, "shop.wsgi", 60), ["application of shop.wsgi"], id="no name"),
    ],
)
def test_what_cannot_be_called(answer: dict[str, Any], about: About, words: list[str]) -> None:
    told = cause(answered("not-callable", name="x", **answer), about)
    assert [word for word in words if word not in told] == []
    assert "NoneType" not in told


def test_a_target_that_gunicorn_cannot_read() -> None:
    told = cause(answered("target", exc("AppImportError", "Failed to parse")))
    assert "'shop.wsgi:application'" in told
    assert "Failed to parse" in told


# ---- files that settings name ------------------------------------------------------------------------------------


def no_file(number: int, **given: Any) -> dict[str, Any]:
    bad = exc("PermissionError", "[Errno] refused", errno=number, file="/etc/x.pem")
    return answered("file", bad, setting="keyfile", config="/srv/r1/gunicorn-web.conf.py", **given)


def test_files() -> None:
    told = {number: cause(no_file(number)) for number in (ENOENT, EROFS, EACCES)}
    assert all("'/etc/x.pem'" in text for text in told.values())
    assert len(set(told.values())) == 3
    assert ["PermissionError: [Errno] refused" in told[number] for number in (ENOENT, EROFS, EACCES)] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(("configs", "expected"), [(("a",), False), (("a", "b"), True)])
def test_which_instance_names_the_file(configs: tuple[str, ...], expected: bool) -> None:
    told = evidence(no_file(ENOENT), About(WHERE, "shop:app", 60, configs=configs))
    assert any("/srv/r1/gunicorn-web.conf.py" in line for line in told) is expected


# ---- no answer ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "words"),
    [("shop.wsgi:application", ["importing shop.wsgi"]), ("shop:make('x')", ["importing shop", "calling make('x')"])],
)
@pytest.mark.parametrize(
    "end", [{"end": "hang"}, {"end": "signal", "signal": "SIGSEGV"}, {"end": "status", "status": 3}]
)
def test_what_ended(end: dict[str, Any], target: str, words: list[str]) -> None:
    told = cause(end, About(WHERE, target, 60))
    assert [word for word in words if word not in told] == []
    assert ("calling" in told) is (len(words) == 2)


@pytest.mark.parametrize("variable", ["", "gunicorn_apps.shop.health.within"])
def test_a_hang(variable: str) -> None:
    report = {"end": "hang", "answer": None, "frames": [FRAME]}
    told = cause(report, About(WHERE, "shop:app", 17, limit_variable=variable))
    assert "17 s" in told
    assert ("raise" in told) is bool(variable)
    assert variable in told
    assert evidence(report)[1:] == PLACE


def test_a_hang_without_a_place() -> None:
    (only,) = evidence({"end": "hang", "frames": []})
    assert only


@pytest.mark.parametrize(("signal", "hinted"), [("SIGKILL", True), ("SIGSEGV", False)])
def test_a_signal(signal: str, hinted: bool) -> None:
    report = {"end": "signal", "signal": signal, "frames": [FRAME]}
    assert signal in cause(report)
    told = evidence(report)
    assert told[:2] == PLACE
    assert any("limits.memory_max" in line for line in told) is hinted


def test_an_exit_behind_pythons_back() -> None:
    report = {"end": "status", "status": 3, "frames": [FRAME]}
    assert "os._exit(3)" in cause(report)
    assert evidence(report) == PLACE


# ---- not run at all ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ({"result": "timeout"}, "it timed out"),
        ({"result": "oom-kill"}, "limits.memory_max"),
        ({"result": "exit-code", "status": 200}, "working directory"),
        ({"result": "exit-code", "status": 203}, "interpreter"),
        ({"result": "exit-code", "status": 216}, "group"),
        ({"result": "exit-code", "status": 217}, "user"),
        ({"result": "exit-code", "status": 226}, "sandbox"),
        ({"result": "exit-code", "status": 233}, "runtime directory"),
        pytest.param({"result": "exit-code", "status": 1}, "exit-code", id="systemd's own word"),
        pytest.param({"result": "resources"}, "resources", id="no status"),
        pytest.param({"result": "timeout", "status": 203}, "it timed out", id="the result goes first"),
    ],
)
def test_not_run(report: dict[str, Any], words: str) -> None:
    assert words in cause({"end": "not-started", **report})


def test_the_journal_says_why() -> None:
    assert evidence({"end": "not-started", "result": "x", "journal": "one\ntwo"}) == ["one", "two"]


# ---- what it printed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [1, OUTPUT_LINES, OUTPUT_LINES + 1])
@pytest.mark.parametrize("report", [answered("target"), {"end": "hang"}], ids=["answer", "no answer"])
def test_output(report: dict[str, Any], lines: int) -> None:
    text = [f"line {number}" for number in range(lines)]
    told = evidence({**report, "output": "\n".join(text), "output_bytes": 4711})
    kept = [f"  {line}" for line in text[-OUTPUT_LINES:]]
    assert told[-len(kept) :] == kept
    assert "4711" in told[-len(kept) - 1]


def test_output_is_no_fault() -> None:
    assert judge({**answered(), "output": "hello", "output_bytes": 5}, ABOUT) is None
