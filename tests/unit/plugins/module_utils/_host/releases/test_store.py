# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The releases of an app on disk: read once, written through, and none that is damaged in the way of the others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import (
    Checked,
    FailureNote,
    InstanceRecord,
    Manifest,
    SourceRecord,
    VenvRecord,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases import prune as prune_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases import store
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases import store as known_app
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.history import record
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.prune import in_use, prune
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.releases.store import (
    Store,
    read_manifest,
    release_names,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.files import read_file

pytestmark = pytest.mark.usefixtures("owners")
UNIT = "[Service]\nUser=gunicorn-shop\nTimeoutStopSec=30\n"


def release(layout: Layout, name: str, **given: Any) -> Manifest:
    """A release as a deploy leaves it, with layers of its own."""
    path = Path(layout.release(name))
    for layer in (layout.source(f"s-{name}"), layout.venv(f"v-{name}")):
        os.makedirs(layer)
        Path(f"{layer}.complete").write_text("{}")
    (path / "units").mkdir(parents=True)
    (path / "units" / "gunicorn-shop-web.service").write_text(UNIT)
    (path / "env").write_text(f'TOKEN="token-of-{name}"\nLANG="C"\n')
    (path / "src").symlink_to(layout.source(f"s-{name}"))
    (path / "venv").symlink_to(layout.venv(f"v-{name}"))
    manifest = Manifest(
        id=name,
        created=f"2026-01-0{len(release_names(layout)) + 1}",
        app="shop:app",
        source=SourceRecord(path="/s", kind="path", value="/opt/shop"),
        venv=VenvRecord(path=layout.venv(f"v-{name}"), gunicorn="23.0.0"),
        layers=(str(path), layout.source(f"s-{name}"), layout.venv(f"v-{name}")),
        instances={"web": InstanceRecord("unix:/run/x.sock", "gthread", 3, 4, tls=True)},
        secret_env=("TOKEN",),
        health=Health("/healthz"),
    )._replace(**given)
    (path / "manifest.json").write_text(manifest.to_json())
    return manifest


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Three releases, the second of which is live."""
    found = Layout("shop", str(tmp_path))
    for name in ("aa1", "bb2", "cc3"):
        release(found, name)
    os.symlink("releases/bb2", found.current)
    return found


def spoil(layout: Layout, name: str, text: str = "{", file: str = "manifest.json") -> None:
    Path(layout.release(name), file).write_text(text)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are read below releases, in turn."""
    seen: list[str] = []

    def counted(path: str) -> Any:
        seen.append("/".join(path.rsplit("/", 2)[1:]))
        return read_file(path)

    monkeypatch.setattr(store, "read_file", counted)
    return seen


def test_manifests_are_read_once(layout: Layout, reads: list[str]) -> None:
    found = Store(layout)
    assert reads == []
    assert sorted(found.manifests) == ["aa1", "bb2", "cc3"]
    found.mark_failed("aa1", "bb2", "it broke")
    found.mark_checked("cc3", {"worker_memory": 7})
    assert found.manifests["aa1"].created and found.release("bb2") and not found.damaged("bb2") and not found.unusable
    found.remove("aa1")
    assert sorted(found.manifests) == ["bb2", "cc3"]
    assert [read for read in reads if read.endswith("manifest.json")] == [
        "aa1/manifest.json",
        "bb2/manifest.json",
        "cc3/manifest.json",
    ]


def test_as_written(layout: Layout) -> None:
    manifest = release(layout, "dd4", env={"A": "é\udce9"})
    assert Store(layout).manifests["dd4"] == manifest == read_manifest(layout, "dd4")
    assert Store(layout).current() == "bb2"


def test_what_is_written_is_known(layout: Layout) -> None:
    """A store that has read before knows the same as one that reads afterwards; what it gave out before stays."""
    known = Store(layout)
    before = known.manifests
    known.mark_failed("cc3", "bb2", "it broke", ["/l2", "/l1"])
    known.mark_checked("cc3", {"worker_memory": 7, "kind": "WSGI"})
    failure = known.manifests["cc3"].failed
    assert failure == FailureNote(failure.time if failure else "", "it broke", ("/l1", "/l2"))
    assert known.manifests["cc3"].checked == Checked(7)
    assert known.manifests == Store(layout).manifests
    known.mark_good("cc3")
    assert known.manifests["cc3"].failed is None
    known.remove("aa1")
    known.add("dd4", release(layout, "dd4"))
    assert known.manifests == Store(layout).manifests
    assert sorted(before) == ["aa1", "bb2", "cc3"] and before["cc3"].failed is None


@pytest.mark.parametrize(("name", "live"), [("bb2", "bb2"), ("", ""), (None, ""), ("gone", "")])
def test_never_marked_as_failed(layout: Layout, name: str | None, live: str) -> None:
    found = Store(layout)
    found.mark_failed(name, live, "it broke")
    assert not [one for one in found.manifests.values() if one.failed]
    assert not list(Path(layout.releases).rglob("failed.json"))


def test_only_whole_releases_are_there(layout: Layout) -> None:
    Path(layout.releases, ".dd4.tmp").mkdir()
    Path(layout.releases, ".dd4.tmp", "manifest.json").write_text("{}")
    Path(layout.releases, "half").mkdir()
    Path(layout.releases, "file").write_text("")
    assert release_names(layout) == sorted(Store(layout).manifests) == ["aa1", "bb2", "cc3"]
    assert release_names(Layout("none", layout.root)) == []


def test_target(layout: Layout) -> None:
    found = Store(layout).release("bb2")
    assert found and (found.release, found.gunicorn, found.foreign) == ("bb2", "23.0.0", "/opt/shop")
    one = found.services[0]
    assert (one.name, one.bind, one.workers, one.tls, one.stop) == ("web", "unix:/run/x.sock", 3, True, 30)
    assert found.health == Health("/healthz")
    assert Store(layout).release("gone") is None


@pytest.mark.parametrize("directory", [True, False])
def test_target_without_units(layout: Layout, directory: bool) -> None:
    units = Path(layout.release("bb2"), "units")
    next(units.iterdir()).unlink()
    if not directory:
        units.rmdir()
    with pytest.raises(HostError, match="release bb2 has lost its units"):
        Store(layout).release("bb2")


@pytest.mark.parametrize(
    ("text", "why", "newer"),
    [
        pytest.param("{", "it is not JSON: ", False, id="cut off"),
        pytest.param("", "it is not JSON: ", False, id="empty"),
        pytest.param('{"format": 1}', "`id` is missing", False, id="not one of ours"),
        pytest.param('{"format": 2}', "its format is 2, ", True, id="of a newer collection"),
        pytest.param(Manifest(id="zz9").to_json(), "it belongs to release 'zz9'", False, id="of another release"),
    ],
)
def test_one_that_cannot_be_read(layout: Layout, text: str, why: str, newer: bool) -> None:
    """The others can be used all the same, and this one only be looked at."""
    spoil(layout, "aa1", text)
    found = Store(layout)
    assert sorted(found.manifests) == ["bb2", "cc3"]
    assert list(found.unusable) == ["aa1"]
    about = found.unusable["aa1"]
    assert about.path == f"{layout.release('aa1')}/manifest.json"
    assert about.why.startswith(why)
    assert (about.newer, about.since[:2]) == (newer, "20")
    assert found.release("aa1") is None and not found.damaged("aa1")
    found.mark_failed("aa1", "bb2", "it broke")
    found.mark_checked("aa1", {})
    found.mark_good("aa1")
    assert list(found.unusable) == ["aa1"]


def test_damaged_notes(layout: Layout) -> None:
    spoil(layout, "aa1", "{", "failed.json")
    spoil(layout, "cc3", "{", "checked.json")
    found = Store(layout).manifests
    assert found["aa1"].failed and found["aa1"].failed.why.startswith("unknown: failed.json is damaged")
    assert (found["cc3"].failed, found["cc3"].checked) == (None, None)


def test_prune_with_one_that_cannot_be_read(layout: Layout) -> None:
    """It stays for a look, with what it is made of; later it goes like one that failed."""
    spoil(layout, "aa1")
    record(layout, {"release": "bb2", "result": "live"})
    found = Store(layout)
    prune(found, 1)
    assert sorted(os.listdir(layout.releases)) == ["aa1", "bb2"]
    assert sorted(os.listdir(layout.sources)) == ["s-aa1", "s-aa1.complete", "s-bb2", "s-bb2.complete"]
    assert sorted(os.listdir(layout.venvs)) == ["v-aa1", "v-aa1.complete", "v-bb2", "v-bb2.complete"]

    os.utime(f"{layout.release('aa1')}/manifest.json", (1e9, 1e9))
    found = Store(layout)
    prune(found, 1)
    assert os.listdir(layout.releases) == ["bb2"] and not found.unusable
    assert sorted(os.listdir(layout.venvs)) == ["v-bb2", "v-bb2.complete"]


def test_who_uses_a_release(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of root or of the service user, by its command line, directory or environment; nobody else's."""
    found = Store(layout)
    monkeypatch.setattr(found, "service_user_id", lambda _release: os.getuid())
    wait = "import sys; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", wait, f"{layout.release('aa1')}/x"],
        cwd=layout.source("s-bb2"),
        env={**os.environ, "GUNICORN_RELEASE": "cc3"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        mine = in_use(found)
        monkeypatch.setattr(prune_of, "real_user", lambda _pid: 4711)
        others = in_use(found)
        process.kill()
    assert {"aa1", "cc3"} <= mine.releases
    assert {f"{layout.release('aa1')}/x", layout.source("s-bb2")} <= mine.paths
    assert (others.releases, others.paths) == (frozenset(), frozenset())


def test_service_user(layout: Layout) -> None:
    """As the units say, not as the files below `shared/` do."""
    assert Store(layout).service_user("aa1") == "gunicorn-shop"
    assert Store(layout).service_user("none") == Store(layout).service_user("") == ""
    assert Store(layout).service_user_id("none") == -1


def test_prune_of_the_live_one_that_cannot_be_read(layout: Layout) -> None:
    spoil(layout, "bb2")
    os.utime(f"{layout.release('bb2')}/manifest.json", (1e9, 1e9))
    prune(Store(layout), 1)
    assert sorted(os.listdir(layout.releases)) == ["bb2", "cc3"]
    assert sorted(os.listdir(layout.venvs)) == ["v-bb2", "v-bb2.complete", "v-cc3", "v-cc3.complete"]


def test_secrets(layout: Layout, reads: list[str]) -> None:
    """Also those of a release whose manifest no longer says which they are."""
    spoil(layout, "aa1")
    assert sorted(known_app.secrets_of(layout)) == ["token-of-aa1", "token-of-bb2", "token-of-cc3"]
    assert len(reads) == len(set(reads))


def test_app_of_which_no_release_can_be_read(layout: Layout) -> None:
    """It is there; one without any release is not."""
    for name in release_names(layout):
        spoil(layout, name)
    os.makedirs(f"{layout.root}/empty/releases")
    assert known_app.find_app("shop", layout.root) == layout
    for name in ("../../etc", "shop/../shop", "*"):
        with pytest.raises(InputError, match="is not deployed on this host"):
            known_app.find_app(name, layout.root)
    with pytest.raises(InputError, match="'empty' is not deployed on this host"):
        known_app.find_app("empty", layout.root)
