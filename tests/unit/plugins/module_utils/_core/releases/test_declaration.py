# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release is named by all that defines how the app runs, and by nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.requirements import gunicorn_requirements
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.declaration import (
    Declaration,
    declared_text,
    release_id,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import (
    Manifest,
    SettingsAnswer,
    VenvRecord,
    find_lock,
    find_release,
    settings_answers,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.reason import Reason
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import size

Make = Callable[..., App]
Declare = Callable[..., Declaration]
GIT = {"git": "https://h/x.git"}


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"app": "shop.asgi:app"}, id="callable"),
        pytest.param({"env": {"A": "1"}}, id="env"),
        pytest.param({"build": ["make"]}, id="build command"),
        pytest.param({"release": ["migrate"]}, id="release command"),
        pytest.param({"settings": {"keepalive": 5}}, id="setting"),
        pytest.param({"settings": {"timeout": 60}}, id="timeout"),
        pytest.param({"profile": "io"}, id="profile"),
        pytest.param({"user": "joe"}, id="user"),
        pytest.param({"bind": "127.0.0.1:80"}, id="bind"),
        pytest.param({"limits": {"tasks_max": 9}}, id="limit"),
        pytest.param({"sandbox": [{"directive": "ProtectHome", "value": "no", "reason": "x"}]}, id="sandbox"),
        pytest.param({"systemd": {"Service": {"Nice": 5}}}, id="directive"),
        pytest.param({"gunicorn_version": "23.0.0"}, id="version of Gunicorn"),
        pytest.param({"extras": ["gevent"]}, id="extras"),
        pytest.param({"wheels_only": True}, id="wheels only"),
        pytest.param({"require_hashes": True}, id="hashes required"),
        pytest.param({"source": {**GIT, "subdir": "a"}}, id="subdirectory"),
        pytest.param({"instances": {"web": {}, "stream": {}}}, id="instance"),
    ],
)
def test_what_makes_another_release(make_app: Make, declare: Declare, options: dict[str, Any]) -> None:
    base = declare(make_app(source=GIT))
    assert declare(make_app(**{"source": GIT, **options})).release_key != base.release_key


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"keep_releases": 1}, id="how many are kept"),
        pytest.param({"server_name": ["a.org"]}, id="host name"),
        pytest.param({"static": {"/s/": "s"}}, id="static files"),
        pytest.param({"health": {"path": "/healthz"}}, id="health"),
        pytest.param({"upgrade": True}, id="upgrade"),
        pytest.param({"proxy": {"keepalive": 9}}, id="proxy"),
    ],
)
def test_what_is_not_part_of_a_release(make_app: Make, declare: Declare, options: dict[str, Any]) -> None:
    assert declare(make_app(**options)).release_key == declare(make_app()).release_key


@pytest.mark.parametrize(
    "options",
    [
        {"source_id": "s2"},
        {"requirements_id": "r2"},
        {"interpreter": "3.12"},
        {"secrets_id": "x"},
        {"worker_tmp_dir": "/run/x"},
        {"proxy_group": "nginx"},
        {"systemd": 257},
    ],
    ids=lambda options: next(iter(options)),
)
def test_what_the_host_adds(make_app: Make, declare: Declare, options: dict[str, Any]) -> None:
    assert declare(make_app(), **options).release_key != declare(make_app()).release_key


def test_sizing_is_part_of_it(make_app: Make, declare: Declare) -> None:
    base = declare(make_app())
    other = {"web": replace(base.sizings["web"], workers=base.sizings["web"].workers + 1)}
    assert replace(base, sizings=other).release_key != base.release_key
    reasons = {"web": replace(base.sizings["web"], reasons=(Reason("workers", "5", "other words"),))}
    assert replace(base, sizings=reasons).release_key == base.release_key


@pytest.mark.parametrize(
    ("given", "venv", "release"),
    [
        pytest.param({}, True, True, id="all known"),
        pytest.param({"source_id": None}, True, False, id="source unknown"),
        pytest.param({"requirements_id": None}, False, False, id="requirements unknown"),
    ],
)
def test_unknown_before_the_source_is_there(
    make_app: Make, declare: Declare, given: dict[str, Any], venv: bool, release: bool
) -> None:
    declared = declare(make_app(source=GIT), **given)
    assert (declared.venv_key is not None, declared.release_key is not None) == (venv, release)


def test_venv_is_named_by_what_is_in_it(make_app: Make, declare: Declare) -> None:
    base = declare(make_app())
    assert declare(make_app(env={"A": "1"}), source_id="s2").venv_key == base.venv_key
    assert declare(make_app(profile="cpu")).venv_key == base.venv_key
    assert declare(make_app(settings={"worker_class": "gevent"})).venv_key != base.venv_key


def test_own_venv_needs_no_requirements(make_app: Make, declare: Declare) -> None:
    path = {"path": "/srv/x", "venv": "/srv/v"}
    one = declare(make_app(source=path), requirements_id=None)
    other = declare(make_app(source={**path, "venv": "/srv/w"}), requirements_id=None)
    assert one.venv_key is not None
    assert one.venv_key != other.venv_key


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, ["gunicorn"], id="plain"),
        pytest.param({"gunicorn_version": "23.0.0"}, ["gunicorn==23.0.0"], id="version"),
        pytest.param({"extras": ["b", "a"]}, ["gunicorn[a,b]"], id="extras sorted"),
        pytest.param({"settings": {"worker_class": "gevent"}}, ["gunicorn[gevent]"], id="gevent"),
        pytest.param(
            {"settings": {"worker_class": "gunicorn.workers.ggevent.GeventWorker"}},
            ["gunicorn[gevent]"],
            id="gevent by class",
        ),
        pytest.param({"settings": {"worker_class": "tornado"}}, ["gunicorn[tornado]"], id="tornado"),
        pytest.param(
            {"settings": {"worker_class": "uvicorn_worker.UvicornWorker"}},
            ["gunicorn", "uvicorn-worker"],
            id="uvicorn-worker",
        ),
        pytest.param(
            {"settings": {"worker_class": "uvicorn.workers.UvicornWorker"}}, ["gunicorn", "uvicorn"], id="uvicorn's own"
        ),
        pytest.param({"settings": {"proc_name": "x"}}, ["gunicorn[setproctitle]"], id="process title"),
        pytest.param(
            {
                "extras": ["gevent"],
                "gunicorn_version": "24.0.0",
                "instances": {"web": {}, "b": {"settings": {"worker_class": "gevent"}}},
            },
            ["gunicorn[gevent]==24.0.0"],
            id="once for all instances",
        ),
    ],
)
def test_gunicorn_requirements(make_app: Make, declare: Declare, options: dict[str, Any], expected: list[str]) -> None:
    app = make_app(**options)
    assert gunicorn_requirements(app, declare(app).sizings) == expected


def test_class_of_a_profile_counts(make_app: Make, host: Any) -> None:
    assert gunicorn_requirements(make_app(), {"web": size("realtime", host)}) == ["gunicorn"]


def test_release_id() -> None:
    names = {release_id("k", "l", "s"), release_id("x", "l", "s"), release_id("k", "x", "s"), release_id("k", "l", "x")}
    assert len(names) == 4
    assert all(len(name) == 12 for name in names)


MANIFESTS = {
    "r1": Manifest(key="a", created="1", venv=VenvRecord(key="v", digest="1")),
    "r2": Manifest(key="a", created="2", venv=VenvRecord(key="v", digest="2")),
    "r3": Manifest(key="b", created="3", venv=VenvRecord(key="w", digest="3")),
    "r4": Manifest(),
}


@pytest.mark.parametrize(
    ("key", "current", "expected"),
    [
        pytest.param("a", "r1", "r1", id="current one of several"),
        pytest.param("a", "r3", "r2", id="newest of several"),
        pytest.param("b", "r1", "r3", id="the only one"),
        pytest.param("c", "r1", None, id="none"),
        pytest.param(None, "r4", None, id="an unknown key is never a match"),
    ],
)
def test_find_release(key: Optional[str], current: str, expected: Optional[str]) -> None:
    assert find_release(MANIFESTS, key, current) == expected


@pytest.mark.parametrize(
    ("key", "current", "digest"),
    [
        pytest.param("v", "r1", "1", id="current one of several"),
        pytest.param("v", "r3", "2", id="newest of several"),
        pytest.param("x", "r1", None, id="none"),
        pytest.param(None, "r4", None, id="an unknown key is never a match"),
    ],
)
def test_find_lock(key: Optional[str], current: str, digest: Optional[str]) -> None:
    found = find_lock(MANIFESTS, key, current)
    assert (found.digest if found else None) == digest


def test_settings_answers() -> None:
    """Only the very same venv may answer for what was asked of it before; a release of a hooks file has no answer."""
    manifests = {
        "r1": Manifest(venv=VenvRecord(path="/v1"), settings=SettingsAnswer("a", "{1}")),
        "r2": Manifest(venv=VenvRecord(path="/v2"), settings=SettingsAnswer("a", "{2}")),
        "r3": Manifest(venv=VenvRecord(path="/v1")),
    }
    assert settings_answers(manifests, "/v1") == {"a": "{1}"}
    assert settings_answers(manifests, "/v3") == {}


def test_declared_text(make_app: Make, declare: Declare) -> None:
    """People see what is declared, of secrets the names and whether they changed."""
    declared = declare(make_app(env={"A": "é"}, secret_names=["TOKEN"]), secrets_id="f1")
    about = json.loads(declared_text(declared))
    assert about["env"] == {"A": "é"}
    assert about["secret_env"] == {"names": ["TOKEN"], "fingerprint": "f1"}
    assert about["instances"]["web"]["workers"] == declared.sizings["web"].workers
    other = replace(declared, secrets_id="f2")
    assert declared_text(other) != declared_text(declared)
