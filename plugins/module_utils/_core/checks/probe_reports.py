# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the probes report. The app, or a package, runs in the same process and can write anything in their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Union

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.foreign import (
    Either,
    Flag,
    ForeignError,
    Integer,
    ListOf,
    Null,
    Number,
    Plain,
    Record,
    Shape,
    TableOf,
    Tagged,
    Text,
    optional,
    parse,
)

LARGEST_REPORT = 512 * 1024
LARGEST_ANSWER = 2 * 1024 * 1024
MAY_WRITE = "Code of the app can write there: what it runs at import has replaced or changed the report."
_LINE = Text(300)  # what the probe has shortened to 200 characters, and says so
_PATH = Text(4200)
_LONG = Text(64 * 1024)
_SIGNED = Integer(-(10**15), 10**15)
_VERSION = Text(60, pattern=r"[0-9][0-9A-Za-z.+!_-]*", form="a version")
_FRAME = Record({"file": _PATH, "line": optional(Integer()), "function": Text(1000), "source": _LINE})
_EXCEPTION = Record(
    {
        "type": Text(1000),
        "bases": ListOf(Text(1000), most=200),
        "message": Text(2200),
        "errno": Either((Null(), _SIGNED, Text())),  # the arguments of an OSError may be anything
        "file": _LINE,
        "module": _LINE,
        "variable": _LINE,
        "frames": ListOf(_FRAME, most=20),
    }
)
_FAILED: Mapping[str, Shape] = {"problem": Text(), "exceptions": ListOf(_EXCEPTION, most=10, least=1)}
_ALWAYS: Mapping[str, Shape] = {"python": _VERSION, "factory": Flag(), "search_path": ListOf(_PATH, most=50)}
_MAYBE: Mapping[str, Shape] = {"gunicorn": _VERSION, "imported": Flag()}
_NAMES = ListOf(ListOf(_LINE, most=2, least=2), most=200)


def _problem(**more: Shape) -> Record:
    return Record({**_ALWAYS, **_FAILED, **more}, _MAYBE)


_ANSWER = Tagged(
    "problem",
    {
        "": Record(
            {
                **_ALWAYS,
                "kind": Text(choices=("wsgi", "asgi", "factory", "other", "unknown")),
                "seconds": Number(),
                "memory_bytes": Integer(),
                "import_bytes": Integer(),
            },
            _MAYBE,
        ),
        "gunicorn": _problem(),
        "config": _problem(),
        "file": _problem(setting=_LINE, config=_PATH),
        "exception": _problem(),
        "exit": _problem(code=Either((Null(), Flag(), _SIGNED, _LINE))),
        "target": _problem(),
        "missing": _problem(name=_LINE, names=_NAMES),
        "not-callable": _problem(name=_LINE, type=Text(1000)),
    },
)
_REPORT = Record(
    {
        "end": Text(choices=("hang", "signal", "status")),
        "status": Integer(0, 255),
        "signal": Text(40),
        "answer": optional(_ANSWER),
        "frames": ListOf(_FRAME, most=20),
        "output": Text(20 * 300),
        "output_bytes": Integer(),
    }
)
_JUDGED = Record({"unknown": ListOf(_LONG), "invalid": TableOf(_LONG)})
_HOOKS = Record(
    {
        "hooks": ListOf(Text(200)),
        "names": ListOf(_LONG, most=100_000),
        "functions": ListOf(_LONG, most=100_000),
        "settings": TableOf(Integer()),
        "error": _LONG,
    }
)
_CONFIG = Record(
    {
        "error": _LONG,
        "traceback": ListOf(_LONG, most=20),
        "plain": TableOf(Plain()),
        "others": ListOf(_LONG, most=100_000),
    }
)


def read_report(text: Union[str, bytes], where: str) -> dict[str, Any]:
    """Return the report of an import check, or raise ForeignError; `where` is the variable that declares the app."""
    try:
        return dict(parse(text, f"{where}: the report of the import check", _REPORT, LARGEST_REPORT))
    except ForeignError as exc:
        exc.evidence = MAY_WRITE
        raise


def read_answer(text: str, what: str, instances: Iterable[str], hooks: bool, config: bool) -> dict[str, Any]:
    """Return what a Gunicorn answered about settings, or raise ForeignError. The flags tell what it was asked."""
    names = [*instances, *([""] if config else [])]
    shape = Record(
        {
            "version": _VERSION,
            "sections": TableOf(Text(200)),
            "instances": Record(dict.fromkeys(names, _JUDGED)),
            "hooks": _HOOKS if hooks else Record({}),
            "config": _CONFIG if config else Record({}),
        }
    )
    return dict(parse(text, what, shape, LARGEST_ANSWER))
