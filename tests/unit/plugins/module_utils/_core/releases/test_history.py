# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.history import (
    choose_release,
    limited,
    line_of_descent,
    list_releases,
    live_release,
    refuse_same_code,
    shortened,
    table,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import (
    FailureNote,
    Manifest,
    SourceRecord,
    Unusable,
)

MANIFESTS = {
    name: Manifest(created=f"2026-01-0{day}", version=f"v{day}")
    for day, name in enumerate(["aa1", "bb2", "cc3", "dd4"], 1)
}
FAILED = {**MANIFESTS, "cc3": MANIFESTS["cc3"]._replace(failed=FailureNote("2026-01-03", "ImportError"))}
UNUSABLE = {"ee5": Unusable("/r/ee5/manifest.json", "it is not JSON")}


def deployed(*names: str) -> list[dict[str, Any]]:
    """A history: `-name` failed, `<name` was rolled back to."""
    kinds = {"-": ("failed", "deploy"), "<": ("live", "rollback")}
    lines = []
    for number, name in enumerate(names):
        result, kind = kinds.get(name[0], ("live", "deploy"))
        line = {"release": name.lstrip("-<"), "result": result, "kind": kind, "time": f"2026-02-0{number + 1}"}
        lines.append({**line, "seconds": {"canary": 0.7, "switch": 0.5}, "who": "ann"})
    return lines


@pytest.mark.parametrize(
    ("manifests", "history", "current", "wanted", "chosen"),
    [
        pytest.param(MANIFESTS, ("aa1", "bb2"), "bb2", "", "aa1", id="the one before"),
        pytest.param(MANIFESTS, ("aa1", "bb2", "cc3", "<bb2"), "bb2", "", "aa1", id="a second time, one further"),
        pytest.param(MANIFESTS, ("aa1", "bb2", "<aa1", "cc3"), "cc3", "", "aa1", id="not one that was left"),
        pytest.param(MANIFESTS, ("aa1", "bb2", "-cc3"), "bb2", "", "aa1", id="not one that never was live"),
        pytest.param(MANIFESTS, ("aa1", "bb2", "aa1"), "aa1", "", "bb2", id="deployed again"),
        pytest.param(FAILED, ("aa1", "cc3", "bb2"), "bb2", "", "aa1", id="not one that failed since"),
        pytest.param(MANIFESTS, ("aa1", "zz9", "bb2"), "bb2", "", "aa1", id="not one that was pruned"),
        pytest.param(MANIFESTS, ("aa1", "bb2"), "bb2", "dd4", "dd4", id="named"),
        pytest.param(MANIFESTS, ("aa1", "bb2"), "bb2", "d", "dd4", id="by its beginning"),
    ],
)
def test_choice(
    manifests: dict[str, Manifest], history: tuple[str, ...], current: str, wanted: str, chosen: str
) -> None:
    assert choose_release(manifests, deployed(*history), current, wanted) == chosen


@pytest.mark.parametrize(
    ("manifests", "history", "current", "wanted", "said"),
    [
        pytest.param(MANIFESTS, ("aa1",), "aa1", "", "no earlier release", id="a first release"),
        pytest.param(MANIFESTS, (), "", "", "no earlier release", id="no history"),
        pytest.param(FAILED, ("aa1",), "aa1", "cc3", "ImportError", id="one that failed"),
        pytest.param(MANIFESTS, ("aa1",), "aa1", "aa1", "already live", id="the current one"),
        pytest.param(MANIFESTS, ("aa1",), "aa1", "bb3", "Did you mean 'bb2'?", id="unknown"),
        pytest.param({**MANIFESTS, "aa5": Manifest()}, ("aa1",), "aa1", "aa", "ambiguous", id="ambiguous"),
    ],
)
def test_refusal(
    manifests: dict[str, Manifest], history: tuple[str, ...], current: str, wanted: str, said: str
) -> None:
    with pytest.raises(InputError, match=said.replace("?", r"\?")):
        choose_release(manifests, deployed(*history), current, wanted)


@pytest.mark.parametrize(
    ("current", "running", "live"),
    [
        pytest.param("aa1", ["aa1"], "aa1", id="as it should be"),
        pytest.param("aa1", ["bb2"], "bb2", id="a deploy was not finished"),
        pytest.param("aa1", ["aa1", "bb2"], "", id="both"),
        pytest.param("aa1", [], "aa1", id="nothing runs"),
        pytest.param("", [], "", id="nothing there"),
    ],
)
def test_live(current: str, running: list[str], live: str) -> None:
    assert live_release(current, running) == live


def path_release(process: str, value: str = "/opt/shop", kind: str = "path") -> Manifest:
    return Manifest(id="aa1", source=SourceRecord(kind=kind, value=value), process=process)


def test_code_of_others_cannot_be_brought_back() -> None:
    with pytest.raises(InputError, match="only in the code in /opt/shop"):
        refuse_same_code(path_release("p"), path_release("p"))


@pytest.mark.parametrize(
    "live",
    [
        pytest.param(path_release("q"), id="other settings"),
        pytest.param(path_release("p", "/opt/other"), id="another place"),
        pytest.param(path_release("p", kind="git"), id="code of its own"),
        pytest.param(Manifest(), id="nothing live"),
    ],
)
def test_more_than_code_of_others_can(live: Manifest) -> None:
    refuse_same_code(path_release("p", kind=live.source.kind or "path"), live)


def test_releases_that_do_not_know_what_their_masters_keep_may_differ() -> None:
    refuse_same_code(path_release(""), path_release(""))


def test_list() -> None:
    listed = list_releases(FAILED, deployed("aa1", "bb2", "-cc3", "<aa1"), "aa1")
    assert [(one["release"], one["result"]) for one in listed] == [
        ("aa1", "live"),
        ("cc3", "failed"),
        ("bb2", "rolled back"),
        ("dd4", "never live"),
    ]
    assert listed[1]["why"] == "ImportError"
    assert listed[0]["seconds"] == 1.2
    lines = table(listed)
    assert lines[0].split() == ["release", "result", "version", "when", "who", "why"]
    assert lines[1].split() == ["aa1", "live", "v1", "2026-02-04", "ann"]


def test_release_that_cannot_be_read() -> None:
    """It is listed with the reason, and no rollback takes it, not even by name."""
    history = deployed("ee5", "aa1", "ee5", "bb2")
    listed = list_releases(MANIFESTS, history, "bb2", UNUSABLE)
    assert [(one["result"], one["why"]) for one in listed if one["release"] == "ee5"] == [
        ("unusable", "/r/ee5/manifest.json: it is not JSON.")
    ]
    assert choose_release(MANIFESTS, history, "bb2", "", UNUSABLE) == "aa1"
    with pytest.raises(InputError, match=r"ee5 cannot be used\. /r/ee5/manifest\.json: it is not JSON"):
        choose_release(MANIFESTS, history, "bb2", "ee", UNUSABLE)


def test_long_texts_in_a_line() -> None:
    line = limited({"release": "aa1", "why": "x" * 5000, "who": "y" * 500, "version": "v1", "seconds": {"a": 1}})
    assert (len(line["why"]), len(line["who"]), line["why"][-2:]) == (2000, 100, " …")
    assert (line["release"], line["version"], line["seconds"]) == ("aa1", "v1", {"a": 1})


SHORTENED = [
    pytest.param(("aa1", "bb2", "cc3", "dd4"), id="deploys"),
    pytest.param(("aa1", "bb2", "cc3", "<aa1", "dd4", "bb2"), id="a rollback in the older half"),
    pytest.param(("aa1", "bb2", "cc3", "dd4", "<bb2", "cc3"), id="a rollback in the newer half"),
    pytest.param(("aa1", "bb2", "cc3", "<bb2", "<aa1", "dd4"), id="two rollbacks across the middle"),
    pytest.param(("aa1", "zz9", "bb2", "<zz9", "cc3", "dd4"), id="a rollback to one that was pruned"),
    pytest.param(("aa1", "-bb2", "cc3", "-bb2", "dd4", "-cc3"), id="failures"),
    pytest.param(("aa1", "bb2", "<aa1", "-cc3", "dd4", "<aa1", "dd4", "-bb2"), id="all of it"),
    pytest.param(("bb2", "aa1") * 10 + ("<bb2", "cc3") * 6, id="many"),
]


@pytest.mark.parametrize("names", SHORTENED)
def test_a_shortened_history_says_the_same_about_the_releases_on_disk(names: tuple[str, ...]) -> None:
    history = deployed(*names)
    current = line_of_descent(history)[-1]
    short = shortened(history, list(MANIFESTS))
    assert line_of_descent(short) == line_of_descent(history)
    known = [(one["release"], one["result"]) for one in list_releases(MANIFESTS, history, current)]
    assert sorted(known) == sorted((one["release"], one["result"]) for one in list_releases(MANIFESTS, short, current))
    twice = shortened(short, list(MANIFESTS))
    assert line_of_descent(twice) == line_of_descent(history)


def test_a_shortened_history_is_shorter() -> None:
    history = deployed(*[f"r{number}" for number in range(400)], "aa1")
    short = shortened(history, list(MANIFESTS))
    assert len(short) < 240
    assert short[-201:] == history[-201:]
    assert line_of_descent(short)[-200:] == line_of_descent(history)[-200:]
