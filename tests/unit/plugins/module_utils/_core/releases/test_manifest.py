# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A manifest is read as it was written, of whatever age; one that cannot be read says why."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import (
    NO_RELEASE,
    Checked,
    FailureNote,
    InstanceRecord,
    Manifest,
    ManifestError,
    SettingsAnswer,
    SourceRecord,
    Unusable,
    VenvRecord,
    checked_from_json,
    failure_from_json,
    refuse_unusable,
)

HOME = "/srv/gunicorn/shop"
# What each age of the collection wrote, by what it added to the one before.
FIRST: dict[str, Any] = {
    "format": 1,
    "id": "4914e199c9f8",
    "key": "a81b61ce785569da",
    "app": "shop.wsgi:application",
    "created": "2026-11-21T04:27:06Z",
    "version": "v1.4.2",
    "source": {
        "commit": "c" * 40,
        "ref": "tag",
        "version": "v1.4.2",
        "id": "s1",
        "kind": "git",
        "value": "https://git.example.org/shop.git",
        "root": f"{HOME}/src/s1",
        "path": f"{HOME}/src/s1/web",
    },
    "requirements_for": "f1",
    "requirements_id": "r1",
    "venv": {
        "path": f"{HOME}/venvs/v1",
        "key": "k1",
        "lock": "gunicorn==23.0.0\n",
        "digest": "v1",
        "gunicorn": "23.0.0",
    },
    "layers": [f"{HOME}/releases/4914e199c9f8", f"{HOME}/src/s1", f"{HOME}/venvs/v1"],
    "instances": {
        "web": {
            "bind": "unix:/run/gunicorn/shop/web.sock",
            "worker_class": "gthread",
            "workers": 5,
            "threads": 4,
            "reasons": ["5 workers: 2 × 2 CPUs + 1"],
        }
    },
    "env": {"LANG": "C.UTF-8"},
    "secret_env": ["TOKEN"],
}
DECLARED = {**FIRST, "declared": '{"instances": {"web": {"bind": "unix:/x", "settings": {"timeout": 9}}}}\n'}
OLD_HEALTH = {"path": "/healthz", "host": "shop.org", "status": [200], "timeout": 5.0, "within": 60.0}
PROVEN = {**DECLARED, "health": OLD_HEALTH}
WEB = {**FIRST["instances"]["web"], "tls": False}
SWITCHED = {**PROVEN, "process": "p1", "preload": False, "instances": {"web": WEB}}
HEALTH = {**OLD_HEALTH, "method": "GET", "headers": {"X-V": "^1"}, "body": "ok", "successes": 3, "settle": 2}
ASKED = {**SWITCHED, "health": HEALTH, "settings": {"asked": "d1", "answer": "{}"}}
TODAY = {**ASKED, "files": {"env": "f 600 0 12 1 1"}}
AGES = [
    pytest.param(FIRST, id="the first"),
    pytest.param(DECLARED, id="with its declaration"),
    pytest.param(PROVEN, id="with its health request"),
    pytest.param(SWITCHED, id="with what a master keeps"),
    pytest.param(ASKED, id="with what Gunicorn said"),
    pytest.param(TODAY, id="today"),
]


def text_of(data: dict[str, Any]) -> str:
    """As every age has written it."""
    return json.dumps(data, indent=2, sort_keys=True) + "\n"


@pytest.mark.parametrize("data", AGES)
def test_what_every_age_wrote(data: dict[str, Any]) -> None:
    found = Manifest.from_json(text_of(data))
    assert found.source == SourceRecord(
        id="s1",
        kind="git",
        value="https://git.example.org/shop.git",
        root=f"{HOME}/src/s1",
        path=f"{HOME}/src/s1/web",
        commit="c" * 40,
        ref="tag",
        version="v1.4.2",
    )
    assert found.venv == VenvRecord(f"{HOME}/venvs/v1", "k1", "gunicorn==23.0.0\n", "v1", "23.0.0")
    assert found.instances == {
        "web": InstanceRecord(
            "unix:/run/gunicorn/shop/web.sock", "gthread", 5, 4, ("5 workers: 2 × 2 CPUs + 1",), False
        )
    }
    assert (found.id, found.key, found.app) == ("4914e199c9f8", "a81b61ce785569da", "shop.wsgi:application")
    assert (found.created, found.version) == ("2026-11-21T04:27:06Z", "v1.4.2")
    assert (found.requirements_for, found.requirements_id) == ("f1", "r1")
    assert found.layers == tuple(FIRST["layers"])
    assert (found.env, found.secret_env) == ({"LANG": "C.UTF-8"}, ("TOKEN",))
    assert (found.failed, found.checked) == (None, None)


@pytest.mark.parametrize(
    ("data", "field", "value"),
    [
        pytest.param(FIRST, "declared", "", id="declaration missing"),
        pytest.param(DECLARED, "declared", DECLARED["declared"], id="declaration"),
        pytest.param(DECLARED, "health", Health(), id="health missing"),
        pytest.param(PROVEN, "health", Health("/healthz", "shop.org", (200,)), id="health of the first days"),
        pytest.param(
            ASKED,
            "health",
            Health("/healthz", "shop.org", (200,), headers={"X-V": "^1"}, body="ok", successes=3, settle=2),
            id="health",
        ),
        pytest.param(PROVEN, "process", "", id="process missing"),
        pytest.param(SWITCHED, "process", "p1", id="process"),
        pytest.param({**SWITCHED, "preload": True}, "preload", True, id="preload"),
        pytest.param(SWITCHED, "settings", SettingsAnswer(), id="answer missing"),
        pytest.param({**ASKED, "settings": {}}, "settings", SettingsAnswer(), id="no answer, with hooks"),
        pytest.param(ASKED, "settings", SettingsAnswer("d1", "{}"), id="answer"),
        pytest.param(ASKED, "files", {}, id="files missing"),
        pytest.param(TODAY, "files", {"env": "f 600 0 12 1 1"}, id="files"),
        pytest.param({**TODAY, "requirements_id": None}, "requirements_id", None, id="requirements of an own venv"),
    ],
)
def test_later_fields(data: dict[str, Any], field: str, value: Any) -> None:
    assert getattr(Manifest.from_data(data), field) == value


OWN_VENV = {"path": "/opt/v", "key": "k1", "lock": "", "digest": "", "gunicorn": "23.0.0"}
PLAIN = {"id": "s1", "root": "", "path": ""}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="git"),
        pytest.param({"source": {**PLAIN, "kind": "packages", "value": ["shop", "tools"]}}, id="packages"),
        pytest.param({"source": {**PLAIN, "kind": "archive", "value": "https://a/b", "url": "https://a/b"}}, id="url"),
        pytest.param({"source": {**PLAIN, "kind": "local", "value": "/x", "digest": "s1"}}, id="local"),
        pytest.param({"source": {**PLAIN, "kind": "path", "value": "/opt/x"}, "venv": OWN_VENV}, id="path"),
        pytest.param({"settings": {}}, id="no answer of Gunicorn"),
        pytest.param({"requirements_id": None}, id="no requirements"),
        pytest.param({"env": {"A": "é\ud83d"}}, id="any text"),
    ],
)
def test_written_as_ever(changes: dict[str, Any]) -> None:
    """To the byte: an older collection reads what this one writes."""
    text = text_of({**TODAY, **changes})
    assert Manifest.from_json(text).to_json() == text


def test_notes_have_files_of_their_own() -> None:
    plain = Manifest.from_data(TODAY)
    assert plain._replace(failed=FailureNote("t", "why"), checked=Checked(7)).to_json() == plain.to_json()


def test_fields_of_the_future_are_passed_over() -> None:
    data = {**TODAY, "colour": [1], "health": {**HEALTH, "colour": 1}, "source": {**TODAY["source"], "colour": None}}
    assert Manifest.from_data(data) == Manifest.from_data(TODAY)


def without(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda data: {key: value for key, value in data.items() if key != name}


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        pytest.param(lambda _data: [], "it is a list, not a dictionary", id="a list"),
        pytest.param(without("format"), "`format` is missing", id="no format"),
        pytest.param(lambda data: {**data, "format": True}, "`format` is a boolean, not an integer", id="boolean"),
        pytest.param(without("venv"), "`venv` is missing", id="no venv"),
        pytest.param(lambda data: {**data, "key": None}, "`key` is null, not text", id="null"),
        pytest.param(lambda data: {**data, "layers": "x"}, "`layers` is text, not a list of strings", id="text"),
        pytest.param(lambda data: {**data, "layers": [1]}, "`layers` is not a list of strings", id="list of numbers"),
        pytest.param(lambda data: {**data, "venv": {}}, "`venv.path` is missing", id="venv without a path"),
        pytest.param(
            lambda data: {**data, "instances": {"web": {**WEB, "workers": "5"}}},
            "`instances.web.workers` is text, not an integer",
            id="workers",
        ),
        pytest.param(
            lambda data: {**data, "instances": {"web": 1}},
            "`instances.web` is a number, not a dictionary",
            id="instance",
        ),
        pytest.param(
            lambda data: {**data, "health": {**HEALTH, "within": "60"}},
            "`health.within` is text, not a number",
            id="health",
        ),
        pytest.param(
            lambda data: {**data, "health": {**HEALTH, "status": ["200"]}},
            "`health.status` is not a list of integers",
            id="status",
        ),
        pytest.param(lambda data: {**data, "env": {"A": 1}}, "`env` is not a dictionary of strings", id="env"),
        pytest.param(lambda data: {**data, "preload": 0}, "`preload` is a number, not true or false", id="preload"),
        pytest.param(
            lambda data: {**data, "source": {**data["source"], "value": {}}},
            "`source.value` is a dictionary, not a list of strings",
            id="source",
        ),
    ],
)
def test_damage(damage: Callable[[dict[str, Any]], Any], said: str) -> None:
    with pytest.raises(ManifestError) as caught:
        Manifest.from_json(json.dumps(damage(TODAY)))
    assert str(caught.value) == said
    assert not caught.value.newer


@pytest.mark.parametrize("text", ["", "{", '{"format": 1, ', "\x00" * 9])
def test_not_json(text: str) -> None:
    with pytest.raises(ManifestError, match="it is not JSON: ") as caught:
        Manifest.from_json(text)
    assert not caught.value.newer


def test_newer_format() -> None:
    """Nothing else of it is looked at."""
    with pytest.raises(
        ManifestError, match="its format is 2, but this version of the collection reads formats up to 1"
    ) as caught:
        Manifest.from_json('{"format": 2, "venv": []}')
    assert caught.value.newer


def test_declared_instances() -> None:
    found = Manifest.from_data(DECLARED).declared_instances()
    assert found == {"web": {"bind": "unix:/x", "settings": {"timeout": 9}}}
    assert NO_RELEASE.declared_instances() == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"instances": 1}', '{"instances": {"web": 1}}'])
def test_damaged_declaration(text: str) -> None:
    with pytest.raises(ManifestError, match="`declared` was not written by a deploy"):
        NO_RELEASE._replace(declared=text).declared_instances()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('{"time": "t", "why": "w"}', FailureNote("t", "w"), id="of the first days"),
        pytest.param('{"time": "t", "why": "w", "damaged": ["/l"]}', FailureNote("t", "w", ("/l",)), id="today"),
        pytest.param("{", FailureNote("2026", "unknown: failed.json is damaged (it is not JSON: "), id="not JSON"),
        pytest.param(
            '{"time": "t"}', FailureNote("2026", "unknown: failed.json is damaged (`why` is missing)"), id="part"
        ),
    ],
)
def test_failure(text: str, expected: FailureNote) -> None:
    """A release that failed has failed, even where nobody can read why."""
    found = failure_from_json(text, "2026")
    assert (found.time, found.damaged) == (expected.time, expected.damaged)
    assert found.why.startswith(expected.why)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('{"worker_memory": 7, "kind": "WSGI"}', Checked(7), id="measured"),
        pytest.param('{"kind": "WSGI"}', Checked(0), id="not measured"),
        pytest.param('{"worker_memory": "7"}', None, id="wrong type"),
        pytest.param("{", None, id="not JSON"),
    ],
)
def test_checked(text: str, expected: Checked | None) -> None:
    assert checked_from_json(text) == expected


DAMAGED = Unusable("/r/bb2/manifest.json", "it is not JSON: x")
NEWER = Unusable(
    "/r/bb2/manifest.json", "its format is 2, but this version of the collection reads formats up to 1", newer=True
)


@pytest.mark.parametrize(
    ("about", "cause", "way_out"),
    [
        pytest.param(
            DAMAGED, "release bb2 of shop is live, but its manifest is damaged.", "Restore the file", id="damaged"
        ),
        pytest.param(
            NEWER,
            "release bb2 of shop is live, but was built by a newer version of this collection.",
            "Upgrade the collection",
            id="newer",
        ),
    ],
)
def test_live_release_that_cannot_be_read(about: Unusable, cause: str, way_out: str) -> None:
    with pytest.raises(HostError) as caught:
        refuse_unusable("shop", ["", "bb2"], {"bb2": about})
    assert (caught.value.cause, caught.value.evidence) == (cause, f"{about.path}: {about.why}.")
    assert way_out in caught.value.restored


def test_others_that_cannot_be_read_are_in_no_way() -> None:
    refuse_unusable("shop", ["aa1", ""], {"bb2": NEWER, "cc3": DAMAGED})


ROOT = next(parent for parent in Path(__file__).resolve().parents if (parent / "galaxy.yml").is_file())
SAMPLES = sorted(ROOT.glob("tests/unit/data/manifests/*.json"))
NOTES = (".failed.json", ".checked.json")


@pytest.mark.parametrize(
    "path", [path for path in SAMPLES if not path.name.endswith(NOTES)], ids=lambda path: path.stem
)
def test_what_earlier_commits_wrote(path: Path) -> None:
    """Nothing of it is lost or changed when it is written again."""
    text = path.read_text(encoding="utf-8")
    before, again = json.loads(text), json.loads(Manifest.from_json(text).to_json())
    assert _within(before, again) == []


def _within(before: Any, again: Any, at: str = "") -> list[str]:
    """The places where something of `before` is not so in `again`, which may have more fields."""
    if isinstance(before, dict) and isinstance(again, dict):
        return [place for key, value in before.items() for place in _within(value, again.get(key), f"{at}.{key}")]
    return [] if before == again or (not before and again is None) else [at]


def test_notes_of_earlier_commits() -> None:
    read = {path.name: path.read_text(encoding="utf-8") for path in SAMPLES if path.name.endswith(NOTES)}
    failed = failure_from_json(read["ca65861-edited.failed.json"], "")
    assert failed.time and failed.why and failed.damaged
    assert failure_from_json(read["ca65861-refused.failed.json"], "").why
    checked = checked_from_json(read["ca65861-edited.checked.json"])
    assert checked is not None and checked.worker_memory > 0
