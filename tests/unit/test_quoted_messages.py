# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every message that docs/troubleshooting.md quotes is one that the program prints.

What pure code says is produced here by examples; of all else the source is read (`source_texts`). In a quote `…` and a
lone `X` stand for anything, and without a full stop it may leave out what follows.
"""

from __future__ import annotations

import difflib
import errno
import functools
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.wsgiops.gunicorn.plugins.filter.gunicorn_sysctl_profile import gunicorn_sysctl_profile
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.hooks import problem_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.normalize import normalize
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.options import APP_OPTIONS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.foreign import ForeignError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.import_report import About
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.import_report import judge as judge_import
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.probe_reports import read_report
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift.accepted import accepted
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.setting_rules import Facts, all_findings
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.response import judge
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._options import checked

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))  # ansible-test has another path than pytest alone
from source_texts import ANY, HOLE, read, says, shows, texts, words

PAGE = ROOT / "docs/troubleshooting.md"
# Said by others than this collection, and who says so.
OF_OTHERS = {
    "Failed to listen on sockets": "systemd, in the journal of a socket unit",
    **{os.strerror(number): "the kernel" for number in (errno.EACCES, errno.EROFS, errno.EPERM)},
}

Options = Callable[..., dict[str, Any]]


def quotes(page: str) -> list[str]:
    """The code in the first column of each table of messages; a single word is no message but a name."""
    found = []
    for table in re.findall(r"^\| (?:message|last line) \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", page, re.M):
        for row in table.splitlines():
            found += re.findall(r"`([^`]+)`", row.split("|")[1])
    return [quote for quote in dict.fromkeys(found) if re.search(r"\S \S|\[…\]", quote)]


QUOTES = quotes(PAGE.read_text(encoding="utf-8"))

# ---- what the examples make the program say ----------------------------------------------------------------------

GIT = "https://h/x.git"
REFUSED: list[dict[str, Any]] = [
    {"app": None},
    {"source": {}},
    {"source": {"git": GIT, "path": "/srv/x"}},
    {"source": {"packages": ["x"], "version": "v1"}},
    {"source": {"git": "https://me:secret@h/x.git"}},
    {"source": {"archive": "https://h/x.tar.gz?token=abc"}},
    {"env": {"X": True}},
    {"env": {"PORT": "80"}},
    {"settings": {"bind": "0.0.0.0:80"}},
    {"settings": {"worker_class": "eventlet"}},
    {"settings": {"loglevel": "verbose"}},
    {"settings": {"worker_class": "uvicorn_worker.UvicornWorker"}, "access_log": "json"},
    {"settings": {"logger_class": "x.Y"}, "access_log": "json"},
    {"settings": {"worker_exit": "x.y"}, "log_memory": True},
    {"health": {"body": "("}},
    {"sandbox": [{"directive": "ProtectHom", "value": "no", "reason": "x"}]},
    {"source": {"git": GIT}, "strategy": "reload"},
    {"systemd": {"Service": {"TimeoutStopSec": 10}}},
]
WRONG_KEYS = [{"server_nam": "x"}, {"env": "x"}]


def refusals(app_options: Options) -> Iterator[str]:
    shop: Any = app_options()
    calls: list[Callable[[], Any]] = [
        *(functools.partial(normalize, "gunicorn_apps", {"shop": app_options(**given)}) for given in REFUSED),
        *(functools.partial(checked, "gunicorn_apps.shop", given, APP_OPTIONS) for given in WRONG_KEYS),
        lambda: normalize("gunicorn_apps", {"Shop!": shop}),
        lambda: normalize("gunicorn_apps", {"shop": app_options(env={"X": "1"})}, {"shop": ["X"]}),
        lambda: normalize("gunicorn_apps", {name: app_options(bind="127.0.0.1:8000") for name in ("blog", "shop")}),
        lambda: normalize("gunicorn_apps", {name: app_options(server_name=["x.org"]) for name in ("blog", "shop")}),
        lambda: accepted("gunicorn_drift_ignore", [{"kind": "release"}]),
        lambda: gunicorn_sysctl_profile({"backlog": 0}, "gunicorn_host_load"),
    ]
    for call in calls:
        with pytest.raises((InputError, AnsibleFilterError)) as caught:
            call()
        yield str(caught.value)


def of_settings() -> Iterator[str]:
    """As _host/checks/settings_check puts them together."""
    judged = {"unknown": ["timeot", "http_parser"], "invalid": {"workers": "must be a number"}}
    for version in ("27.0.1", "23.0.0"):
        facts = Facts({"workers": "x"}, "sync", version, "unix:x", 0)
        for finding in all_findings(facts, judged, ["timeout", "workers"]):
            yield str(finding._replace(subject=f"gunicorn_apps.shop.settings.{finding.subject}"))


def of_hooks() -> Iterator[str]:
    nothing = {"error": "", "settings": {}, "names": [], "functions": ["post_frok"], "hooks": ["post_fork"]}
    for found in (nothing, {**nothing, "settings": {"workers": 7}}):
        yield f"gunicorn_apps.shop.hooks: {problem_of('gunicorn_hooks.py', found, '27.0.1')}"


def of_imports() -> Iterator[str]:
    shop = "gunicorn_apps.shop"
    about = About(f"{shop}.app", "shop:app", 60, hooks=f"{shop}.hooks", settings=f"{shop}.settings")
    exc = {"type": "OSError", "message": "x", "errno": 0, "file": "/x", "module": "", "variable": "", "frames": []}
    answers: list[Mapping[str, Any]] = [
        {"problem": "exception"},
        {"problem": "config"},
        *(
            {"problem": "file", "setting": setting, "exceptions": [{**exc, "errno": number}]}
            for setting, number in (("certfile", errno.ENOENT), ("keyfile", errno.EACCES))
        ),
    ]
    reports = [{"answer": {"factory": False, "exceptions": [exc], **answer}} for answer in answers]
    for report in (*reports, {"end": "hang"}):
        verdict = judge_import(report, about)
        assert verdict is not None
        yield verdict.cause
    with pytest.raises(ForeignError) as caught:
        read_report("[]", f"{shop}.app")
    yield caught.value.cause


def of_health() -> Iterator[str]:
    """In brackets behind the answer's first line, as _host/health/ask puts them."""
    for health in (Health(), Health(headers={"X-A": "1"}), Health(body="ok")):
        for headers in ({}, {"x-a": "2"}):
            yield f"GET /: 500 Internal Server Error ({judge(health, 200 if health != Health() else 500, headers, '')})"


def of_playbooks() -> Iterator[str]:
    def strings(node: Any) -> Iterator[str]:
        if isinstance(node, str):
            yield re.sub(r"\{\{.*?\}\}", HOLE, node, flags=re.S)
        elif isinstance(node, (dict, list)):
            for item in node.values() if isinstance(node, dict) else node:
                yield from strings(item)

    for path in sorted(ROOT.glob("playbooks/*.yml")):
        yield from strings(yaml.safe_load(path.read_text(encoding="utf-8")))


# ---- the page ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sources() -> list[str]:
    return [*texts(read(ROOT)), *of_playbooks()]


@pytest.fixture
def produced(app_options: Options) -> list[str]:
    return [*refusals(app_options), *of_settings(), *of_hooks(), *of_imports(), *of_health()]


def nearest(quote: str, known: list[str]) -> str:
    """The text that has most of the quote in one piece or in long ones."""

    def common(text: str) -> tuple[int, int]:
        blocks = difflib.SequenceMatcher(None, quote, text, autojunk=False).get_matching_blocks()
        return sum(block.size**2 for block in blocks), -len(text)

    return max((text for text in known if words(quote) & words(text)), key=common).replace(HOLE, ANY)


def test_every_quote_is_printed(produced: list[str], sources: list[str]) -> None:
    wrong = [
        f"{quote!r} is printed nowhere; the nearest: {nearest(quote, [*produced, *sources])!r}"
        for quote in QUOTES
        if quote not in OF_OTHERS
        and not any(shows(text, quote) for text in produced)
        and not any(says(text, quote) for text in sources)
    ]
    assert not wrong, "\n".join(wrong)


def test_others_are_still_quoted() -> None:
    assert set(OF_OTHERS) <= set(QUOTES)


def test_there_is_something_to_check() -> None:
    assert len(QUOTES) > 80
    assert "No running process was changed." in QUOTES


def test_a_wrong_quote_is_told_with_the_nearest(produced: list[str], sources: list[str]) -> None:
    quote = "….source: must specify exactly one code type."
    assert not any(shows(text, quote) for text in produced)
    assert not any(says(text, quote) for text in sources)
    assert nearest(quote, [*produced, *sources]).startswith("gunicorn_apps.shop.source: must specify exactly one")


# ---- the rules ---------------------------------------------------------------------------------------------------


def test_quotes() -> None:
    page = "| message | do |\n|---|---|\n| `a b` / `c …` and `d` | `e f` |\n\n| x | y |\n|---|---|\n| `g h` | i |\n"
    assert quotes(page) == ["a b", "c …"]


@pytest.mark.parametrize(
    ("text", "quote", "expected"),
    [
        pytest.param("x.app: is missing. Name it.", "….app: is missing.", True, id="a sentence"),
        pytest.param("x.app: is missing", "….app: is missing.", False, id="a full stop too many"),
        pytest.param("x.app: is missing. Name it.", "x.app: is miss", False, id="half a word"),
        pytest.param("x.app: is missing. Name it.", "x.app: is", True, id="cut"),
        pytest.param("x.app: is missing.", "app: is missing.", True, id="the end of the variable"),
        pytest.param("x.app: is missing.", "missing.", False, id="the end of a sentence"),
        pytest.param("x.app: is missing.", "….name: is missing.", False, id="another variable"),
        pytest.param("a 'b c' d", "a '…' d", True, id="a value"),
        pytest.param("settings.keepalive: is bad.", "settings.X: is bad.", True, id="any name"),
        pytest.param("500 (no header A)", "(no header …)", True, id="in brackets"),
        pytest.param("a\nb", "a…b", False, id="two lines"),
    ],
)
def test_shows(text: str, quote: str, expected: bool) -> None:
    assert shows(text, quote) is expected


@pytest.mark.parametrize(
    ("text", "quote", "expected"),
    [
        pytest.param("Release \0 was put back.", "Release … was put back.", True, id="a hole"),
        pytest.param("Release \0 was put back.", "Release … is put back.", False, id="another word"),
        pytest.param("Release \0 was put back.", "Release … back.", False, id="words left out"),
        pytest.param("Release \0 was put back.", "Release abc123 was put back.", True, id="an example"),
        pytest.param("Release \0 was put back.", "Release of the shop was put back.", False, id="words for a hole"),
        pytest.param("\0: \0 \0", "app: is missing", False, id="nothing but holes"),
        pytest.param("\0.source: names none.", "….source: names none.", True, id="a variable"),
        pytest.param("\0: names none.", "….source: names none.", False, id="a variable that nobody proves"),
        pytest.param("Nothing was changed.", "was changed.", False, id="the end of a sentence"),
        pytest.param("failed. Nothing was changed.", "Nothing was changed.", True, id="the second sentence"),
        pytest.param("it failed (signal \0).", "it failed (signal 9).", True, id="a number"),
    ],
)
def test_says(text: str, quote: str, expected: bool) -> None:
    assert says(text, quote) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("print('a text', 1)", {"a text"}, id="plain"),
        pytest.param("print(f'it is {x} here')", {"it is \0 here"}, id="a hole"),
        pytest.param("print(f'it is {x!r} here')", {"it is '\0' here"}, id="as Python writes it"),
        pytest.param("W = 'red'\nprint('it is ' + W)", {"it is red", "red"}, id="a constant"),
        pytest.param("print('good' if x else 'evil')", {"good", "evil"}, id="either"),
        pytest.param(
            "def f(x):\n    who = 'new' if x else 'old'\n    raise E(f'the {who} one')",
            {"the new one", "the old one", "new", "old"},
            id="a name",
        ),
        pytest.param(
            "def f(x):\n    t = 'one'\n    t += 'two'\n    g(t + '!!')", {"onetwo!!", "one!!", "one", "two"}, id="sum"
        ),
        pytest.param(
            "def hint(x):\n    return f'try {x}'\nraise InputError('app', 'is bad.', hint(y))",
            {"app: is bad. try \0", "app: is bad.", "try \0", "app", "is bad."},
            id="an error and its hint",
        ),
        pytest.param(
            "def f(x):\n    g(f'{x} failed')\nf('build')", {"build failed", "\0 failed", "build"}, id="handed"
        ),
        pytest.param("def f():\n    'a docstring'", set(), id="a docstring"),
    ],
)
def test_texts(tmp_path: Path, source: str, expected: set[str]) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins/x.py").write_text(source, encoding="utf-8")
    assert set(texts(read(tmp_path))) == expected
