# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A directory of the controller: named by its content, and sent as it is."""

from __future__ import annotations

import base64
import hashlib
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.archives import unpack
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._local_source import (
    IGNORED,
    INLINE_MAX,
    describe_archive,
    describe_directory,
    left_out,
    pack,
    small_content,
)

Make = Callable[..., App]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = tmp_path / "project"
    write(directory, {"shop/__init__.py": "", "shop/wsgi.py": "app = 1\n", "requirements.txt": "flask\n"})
    return directory


def write(directory: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(content)


def describe(make_app: Make, directory: Path, **options: Any) -> dict[str, Any]:
    source = {"local": "project", **options.pop("source", {})}
    return describe_directory(make_app(source=source, **options), str(directory))


def unchanged(path: Path) -> None:
    os.utime(path / "shop/wsgi.py", (1, 1))
    (path / "shop/wsgi.py").chmod(0o600)
    (path / "empty").mkdir()
    write(
        path,
        {".git/HEAD": "x", "shop/__pycache__/a.pyc": "x", "shop/b.pyc": "x", "venv/bin/python": "x", ".env": "KEY=x"},
    )
    os.mkfifo(path / "pipe")


def content(path: Path) -> None:
    (path / "shop/wsgi.py").write_text("app = 2\n")


def name(path: Path) -> None:
    (path / "shop/wsgi.py").rename(path / "shop/asgi.py")


def executable(path: Path) -> None:
    (path / "shop/wsgi.py").chmod(0o755)


def new_file(path: Path) -> None:
    write(path, {"shop/new.txt": ""})


def link(path: Path) -> None:
    (path / "shop/link").symlink_to("wsgi.py")


def folder_link(path: Path) -> None:
    (path / "link").symlink_to("shop")


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (unchanged, True),
        (content, False),
        (name, False),
        (executable, False),
        (new_file, False),
        (link, False),
        (folder_link, False),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_digest(make_app: Make, project: Path, change: Callable[[Path], None], same: bool) -> None:
    before = describe(make_app, project)["digest"]
    change(project)
    assert (describe(make_app, project)["digest"] == before) is same


def test_digest_does_not_depend_on_the_place(make_app: Make, project: Path, tmp_path: Path) -> None:
    before = describe(make_app, project)["digest"]
    project.rename(tmp_path / "elsewhere")
    assert describe(make_app, tmp_path / "elsewhere")["digest"] == before


def test_link_is_named_by_its_target(make_app: Make, project: Path) -> None:
    link(project)
    before = describe(make_app, project)["digest"]
    (project / "shop/link").unlink()
    (project / "shop/link").symlink_to("__init__.py")
    assert describe(make_app, project)["digest"] != before


def test_names_that_are_not_utf8(make_app: Make, project: Path) -> None:
    raw = os.fsencode(project)
    try:
        with open(raw + b"/\xff", "wb"):
            pass
    except OSError:
        pytest.skip("the file system takes only UTF-8")
    os.symlink(b"\xff", raw + b"/link")
    describe(make_app, project)


@pytest.mark.parametrize("pattern", ["*.md", "docs", "/docs/", "docs/*", "docs/a.md"])
def test_ignored_on_request(make_app: Make, project: Path, pattern: str) -> None:
    source = {"ignore": [pattern]}
    before = describe(make_app, project, source=source)["digest"]
    write(project, {"docs/a.md": "x"})
    assert describe(make_app, project, source=source)["digest"] == before


@pytest.mark.parametrize(
    ("files", "options", "expected"),
    [
        pytest.param({}, {}, ["requirements.txt"], id="found"),
        pytest.param(
            {"requirements.txt": "-r more.txt", "more.txt": "x"}, {}, ["more.txt", "requirements.txt"], id="included"
        ),
        pytest.param({"uv.lock": "x"}, {}, ["requirements.txt", "uv.lock"], id="also what is used without uv"),
        pytest.param({"prod.txt": "x"}, {"requirements": "prod.txt"}, ["prod.txt", "requirements.txt"], id="named"),
        pytest.param(
            {"sub/requirements.txt": "-r ../base.txt", "base.txt": "x"},
            {"source": {"subdir": "sub"}},
            ["../base.txt", "requirements.txt"],
            id="subdirectory",
        ),
        pytest.param(
            {"requirements.txt": "-r ../secret.txt"}, {}, ["requirements.txt"], id="never outside the project"
        ),
    ],
)
def test_texts(
    make_app: Make, project: Path, files: dict[str, str], options: dict[str, Any], expected: list[str]
) -> None:
    write(project, files)
    (project.parent / "secret.txt").write_text("x")
    assert sorted(describe(make_app, project, **options)["texts"]) == expected


def test_text_through_a_link_outside(make_app: Make, project: Path) -> None:
    (project.parent / "secret.txt").write_text("x")
    (project / "requirements.txt").unlink()
    (project / "requirements.txt").symlink_to("../secret.txt")
    assert describe(make_app, project)["texts"] == {}


@pytest.mark.parametrize(
    ("directory", "options", "variable"),
    [
        pytest.param("none", {}, "source.local", id="no directory"),
        pytest.param("project", {"source": {"subdir": "none"}}, "source.subdir", id="no subdirectory"),
        pytest.param("project", {"requirements": "none.txt"}, "requirements", id="no requirements"),
    ],
)
def test_refused(make_app: Make, project: Path, directory: str, options: dict[str, Any], variable: str) -> None:
    with pytest.raises(InputError) as caught:
        describe(make_app, project.parent / directory, **options)
    assert caught.value.variable == f"gunicorn_apps.shop.{variable}"


def test_archive(make_app: Make, tmp_path: Path) -> None:
    path = tmp_path / "x.tgz"
    path.write_bytes(b"x")
    found = hashlib.sha256(b"x").hexdigest()
    for checksum in ("", f"sha256:{found}"):
        app = make_app(source={"archive": "x.tgz", "checksum": checksum})
        assert describe_archive(app, str(path)) == {"digest": found[:16]}


@pytest.mark.parametrize(
    ("name", "variable"),
    [pytest.param("none", "archive", id="no file"), pytest.param("x.tgz", "checksum", id="another file")],
)
def test_refused_archive(make_app: Make, tmp_path: Path, name: str, variable: str) -> None:
    (tmp_path / "x.tgz").write_bytes(b"x")
    with pytest.raises(InputError) as caught:
        describe_archive(make_app(source={"archive": "x.tgz", "checksum": "sha256:" + "a" * 64}), str(tmp_path / name))
    assert caught.value.variable == f"gunicorn_apps.shop.source.{variable}"


def test_what_is_packed_is_what_was_described(make_app: Make, project: Path, tmp_path: Path) -> None:
    unchanged(project)
    executable(project)
    link(project)
    folder_link(project)
    os.link(project / "requirements.txt", project / "shop/hard.txt")
    archive, there = tmp_path / "x.tar.gz", tmp_path / "there"
    there.mkdir()
    with archive.open("wb") as stream:
        pack(str(project), ["empty"], stream)
    with tarfile.open(archive) as tar:
        assert not {part for path in tar.getnames() for part in path.split("/")} & set(IGNORED)
    unpack(str(archive), str(there), strip=False)
    assert (there / "shop/hard.txt").read_text() == "flask\n"
    assert describe(make_app, there)["digest"] == describe(make_app, project)["digest"]


def test_a_small_source_can_be_carried(make_app: Make, project: Path, tmp_path: Path) -> None:
    archive, there = tmp_path / "x.tar.gz", tmp_path / "there"
    there.mkdir()
    archive.write_bytes(base64.b64decode(small_content(make_app(source={"local": "x"}), str(project))))
    unpack(str(archive), str(there), strip=False)
    assert describe(make_app, there)["digest"] == describe(make_app, project)["digest"]


def test_a_small_archive_is_carried_as_it_is(make_app: Make, tmp_path: Path) -> None:
    path = tmp_path / "app.tar.gz"
    path.write_bytes(b"\0\xff")
    assert base64.b64decode(small_content(make_app(source={"archive": "app.tar.gz"}), str(path))) == b"\0\xff"


@pytest.mark.parametrize("kind", ["local", "archive"])
def test_a_large_source_travels_apart(make_app: Make, project: Path, kind: str) -> None:
    path = project / "large.tar.gz"
    path.write_bytes(b"x" * (INLINE_MAX + 1))
    assert small_content(make_app(source={kind: "x.tar.gz"}), str(project if kind == "local" else path)) == ""


KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n"
SECRETS = {
    ".env": "KEY=x",
    ".env.production": "KEY=x",
    ".env.local": "KEY=x",
    "conf/.env": "KEY=x",
    ".netrc": "machine h login u password p",
    "_netrc": "machine h login u password p",
    ".git-credentials": "https://u:p@h",
    "id_rsa": KEY,
    "deploy/id_ed25519": "-----BEGIN OPENSSH PRIVATE KEY-----\n",
    "tls.pem": f"-----BEGIN CERTIFICATE-----\nMIIC\n{KEY}",
    "tls.key": KEY,
    "deploy_key": KEY,
    "store.p12": "x",
    "db.sqlite3": "x",
    "data.db": "SQLite format 3\0",
    ".npmrc": "//registry.npmjs.org/:_authToken=npm_x\n",
    ".pypirc": "[pypi]\nusername = joe\npassword = x\n",
    ".ssh": None,
}
HARMLESS = {
    ".env.example": "KEY=",
    ".env.sample": "KEY=",
    ".env.template": "KEY=",
    ".env.dist": "KEY=",
    "environment.py": "",
    "ca.pem": "-----BEGIN CERTIFICATE-----\nMIIC\n",
    "id_rsa.pub": "ssh-rsa AAAA",
    "key.py": "KEY = 1",
    "primary-key": "no key at all",
    "names.db": "not SQLite",
    ".npmrc": "engine-strict=true\n",
    "password.py": "password = input()",
}


@pytest.mark.parametrize(("name", "content"), SECRETS.items(), ids=SECRETS)
def test_what_may_be_secret_stays_on_the_controller(
    make_app: Make, project: Path, name: str, content: str | None
) -> None:
    before = describe(make_app, project)["digest"]
    write(project, {f"{name}/config": "x"} if content is None else {name: content})
    assert describe(make_app, project)["digest"] == before
    app = make_app(source={"local": "project"})
    assert left_out(app, str(project)) == (
        f"gunicorn_apps.shop.source.local: not sent, because it may contain secrets: {name}. "
        f"To send it anyway, add '!{name}' to gunicorn_apps.shop.source.ignore."
    )
    wanted = {"ignore": [f"!{name}"]}
    assert describe(make_app, project, source=wanted)["digest"] != before
    assert left_out(make_app(source={"local": "project", **wanted}), str(project)) == ""
    dropped = {"ignore": [f"!{name}", name]}
    assert describe(make_app, project, source=dropped)["digest"] == before


@pytest.mark.parametrize(("name", "content"), HARMLESS.items(), ids=HARMLESS)
def test_what_only_looks_like_a_secret_is_sent(make_app: Make, project: Path, name: str, content: str) -> None:
    before = describe(make_app, project)["digest"]
    write(project, {name: content})
    assert describe(make_app, project)["digest"] != before
    assert left_out(make_app(source={"local": "project"}), str(project)) == ""


def test_a_pattern_sends_what_is_ignored_by_default(make_app: Make, project: Path) -> None:
    before = describe(make_app, project)["digest"]
    write(project, {"node_modules/a.js": ""})
    assert describe(make_app, project)["digest"] == before
    assert describe(make_app, project, source={"ignore": ["!node_modules"]})["digest"] != before


def test_many_files_are_counted(make_app: Make, project: Path) -> None:
    write(project, {f".env.{number:02}": "" for number in range(23)})
    assert ".env.19 and 3 more. To send it" in left_out(make_app(source={"local": "project"}), str(project))
