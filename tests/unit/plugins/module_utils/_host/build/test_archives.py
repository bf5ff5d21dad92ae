# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Archives whose content nobody vouched for: nothing lands outside the directory."""

from __future__ import annotations

import contextlib
import io
import os
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Union

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build import archives
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.archives import unpack
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.build.tidy import tidy

Member = Union[tarfile.TarInfo, tuple[tarfile.TarInfo, bytes]]


def file(name: str, content: bytes = b"x", mode: int = 0o644) -> Member:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), mode
    return info, content


def special(name: str, kind: bytes, target: str = "") -> Member:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, target, 0o755
    return info


def folder(name: str) -> Member:
    return special(name, tarfile.DIRTYPE)


def symlink(name: str, target: str) -> Member:
    return special(name, tarfile.SYMTYPE, target)


def hardlink(name: str, target: str) -> Member:
    return special(name, tarfile.LNKTYPE, target)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The directory to unpack into, deep enough for links to lead out of it without leaving the test."""
    directory = tmp_path / "a/b/c/release"
    directory.mkdir(parents=True)
    return directory


@pytest.fixture
def tar(tmp_path: Path) -> Callable[..., str]:
    def make(members: Iterable[Member], mode: Any = "w:gz") -> str:
        path = tmp_path / "archive"
        with tarfile.open(path, mode) as archive:
            for member in members:
                info, content = member if isinstance(member, tuple) else (member, b"")
                archive.addfile(info, io.BytesIO(content))
        return str(path)

    return make


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[..., str]:
    def make(*names: Union[str, zipfile.ZipInfo]) -> str:
        path = tmp_path / "archive"
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, b"x")
        return str(path)

    return make


def tree(directory: Path) -> list[str]:
    return sorted(
        str(path.relative_to(directory)) for path in directory.rglob("*") if not path.is_dir() or path.is_symlink()
    )


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar(tar: Callable[..., str], place: Path, mode: str) -> None:
    unpack(tar([folder("d"), file("d/a", b"one"), file("d/e/b", b"two"), file("c")], mode), str(place))
    assert tree(place) == ["c", "d/a", "d/e/b"]
    assert (place / "d/e/b").read_bytes() == b"two"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        pytest.param([file("shop-1/a"), file("shop-1/d/b")], ["a", "d/b"], id="single top directory"),
        pytest.param([folder("shop-1"), file("shop-1/a")], ["a"], id="single top directory with an entry"),
        pytest.param([file("./shop-1/a")], ["a"], id="names that begin with ./"),
        pytest.param([file("shop/a"), file("b")], ["b", "shop/a"], id="more than a top directory"),
        pytest.param([file("a")], ["a"], id="single file"),
        pytest.param(
            [file("shop/__init__.py"), file("shop/a")],
            ["shop/__init__.py", "shop/a"],
            id="a package is the code itself",
        ),
        pytest.param([file("shop/shop/a"), file("shop/b")], ["b", "shop/a"], id="same name inside"),
        pytest.param([file("shop/.env.example")], [".env.example"], id="hidden file"),
        pytest.param([], [], id="empty"),
    ],
)
def test_top_directory(tar: Callable[..., str], place: Path, members: list[Member], expected: list[str]) -> None:
    unpack(tar(members), str(place))
    assert tree(place) == expected


def test_top_directory_is_kept_on_request(tar: Callable[..., str], place: Path) -> None:
    unpack(tar([file("shop-1/a")]), str(place), strip=False)
    assert tree(place) == ["shop-1/a"]


def test_entry_for_the_directory_itself(tar: Callable[..., str], place: Path) -> None:
    """As `tar -C directory -c .` writes it."""
    unpack(tar([folder("."), file("./a"), file("./d/b")]), str(place))
    assert tree(place) == ["a", "d/b"]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [(0o644, 0o644), (0o600, 0o644), (0o755, 0o755), (0o700, 0o755), (0o4777, 0o755), (0o666, 0o644)],
    ids=oct,
)
def test_modes(tar: Callable[..., str], place: Path, mode: int, expected: int) -> None:
    unpack(tar([file("a", mode=mode)]), str(place))
    assert (place / "a").stat().st_mode & 0o7777 == expected


@pytest.mark.parametrize(
    ("members", "name", "target"),
    [
        pytest.param([file("a"), symlink("l", "a")], "l", "a", id="beside it"),
        pytest.param([symlink("l", "a"), file("a")], "l", "a", id="before its target"),
        pytest.param([file("d/a"), symlink("e/f/l", "../../d/a")], "e/f/l", "../../d/a", id="upwards within"),
        pytest.param([folder("d"), symlink("l", "d"), file("x")], "l", "d", id="to a directory"),
    ],
)
def test_links_within(tar: Callable[..., str], place: Path, members: list[Member], name: str, target: str) -> None:
    unpack(tar(members), str(place), strip=False)
    assert os.readlink(place / name) == target


def test_hard_links_have_the_content(tar: Callable[..., str], place: Path) -> None:
    unpack(tar([file("a", b"one"), hardlink("b", "a")]), str(place))
    assert (place / "b").read_bytes() == b"one"
    assert (place / "b").stat().st_nlink == 1


def test_file_through_a_link_within(tar: Callable[..., str], place: Path) -> None:
    unpack(tar([folder("d"), symlink("l", "d"), file("l/a"), file("x")]), str(place))
    assert tree(place) == ["d/a", "l", "x"]


def test_later_entry_replaces_an_earlier_one(tar: Callable[..., str], place: Path) -> None:
    """As in an archive that was appended to."""
    unpack(tar([file("a", b"old"), symlink("l", "a"), file("a", b"new"), symlink("l", "b"), file("b")]), str(place))
    assert (place / "a").read_bytes() == b"new"
    assert os.readlink(place / "l") == "b"


def test_a_file_replaces_a_link_and_not_its_target(tar: Callable[..., str], place: Path) -> None:
    unpack(tar([file("a", b"one"), symlink("l", "a"), file("l", b"two")]), str(place))
    assert (place / "a").read_bytes() == b"one"
    assert (place / "l").read_bytes() == b"two"


# `up` leads to the top, so that `up/..` is outside, although the text `d/e/f/up/../..` looks as if it were inside.
UP = [folder("d/e/f"), symlink("d/e/f/up", "../../..")]
OUT = "d/e/f/up/../evil"


@pytest.mark.parametrize(
    "members",
    [
        pytest.param([file("../evil")], id="parent"),
        pytest.param([file("d/../../evil")], id="parent, later"),
        pytest.param([file("/evil")], id="absolute"),
        pytest.param([folder("../evil")], id="directory"),
        pytest.param([symlink("l", "../evil")], id="link to the parent"),
        pytest.param([symlink("l", "/etc/passwd")], id="absolute link"),
        pytest.param([symlink("d/l", "../../evil")], id="link to the parent, deeper"),
        pytest.param([symlink("l", ".."), file("l/evil")], id="file through a link to the parent"),
        pytest.param([*UP, symlink("l", OUT)], id="link through a link"),
        pytest.param([symlink("l", OUT), *UP], id="link through a later link"),
        pytest.param([*UP, symlink("m", "d/e/f/up/.."), file("m/evil")], id="file below a link through a link"),
        pytest.param([hardlink("l", "../secret")], id="hard link to the parent"),
        pytest.param([hardlink("l", "/etc/passwd")], id="absolute hard link"),
        pytest.param([special("p", tarfile.FIFOTYPE)], id="pipe"),
        pytest.param([special("p", tarfile.CHRTYPE)], id="character device"),
        pytest.param([special("p", tarfile.BLKTYPE)], id="block device"),
    ],
)
def test_refused(tar: Callable[..., str], place: Path, members: list[Member]) -> None:
    (place.parent / "secret").write_text("secret")
    with pytest.raises(HostError):
        unpack(tar(members), str(place))
        tidy(str(place))
    assert tree(place.parent)[-1] == "secret"
    assert not [name for name in place.parent.iterdir() if name.name == "evil"]


def test_nothing_is_written_over_a_link_that_leads_out(tar: Callable[..., str], place: Path) -> None:
    outside = place.parent / "evil"
    outside.write_text("as before")
    with contextlib.suppress(HostError):
        unpack(tar([*UP, symlink("l", OUT), file("l", b"evil")]), str(place))
    assert outside.read_text() == "as before"


def test_zip(zipped: Callable[..., str], place: Path) -> None:
    program = zipfile.ZipInfo("shop-1/run")
    program.external_attr = 0o100755 << 16
    unpack(zipped("shop-1/", "shop-1/a", program), str(place))
    assert tree(place) == ["a", "run"]
    assert [(place / name).stat().st_mode & 0o777 for name in ("a", "run")] == [0o644, 0o755]


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_bombs_are_refused(
    tar: Callable[..., str], zipped: Callable[..., str], place: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(archives, "HARMLESS", 1000)
    monkeypatch.setattr(archives, "RATIO", 1)
    bomb = tar([file("a", b"x" * 100_000)]) if kind == "tar" else zipped("a")
    if kind == "zip":
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a", b"x" * 100_000)
    with pytest.raises(HostError, match="unpacks to more than"):
        unpack(bomb, str(place))


def test_number_of_files_is_limited(tar: Callable[..., str], place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST", 2)
    with pytest.raises(HostError, match="more than 2 files"):
        unpack(tar([file("a"), file("b"), file("c")]), str(place))


def zip_link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("l")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("../evil", id="parent"),
        pytest.param("d/../../evil", id="parent, later"),
        pytest.param("/evil", id="absolute"),
        pytest.param("../evil/", id="directory"),
        pytest.param(zip_link(), id="link"),
    ],
)
def test_refused_zip(zipped: Callable[..., str], place: Path, name: Union[str, zipfile.ZipInfo]) -> None:
    with pytest.raises(HostError):
        unpack(zipped(name), str(place))
    assert tree(place.parent) == []


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04"], ids=["empty", "text", "start of a zip"])
def test_neither_tar_nor_zip(tmp_path: Path, place: Path, content: bytes) -> None:
    (tmp_path / "archive").write_bytes(content)
    with pytest.raises(HostError, match="neither tar nor zip"):
        unpack(str(tmp_path / "archive"), str(place))


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_truncated(tar: Callable[..., str], place: Path, mode: str) -> None:
    archive = Path(tar([file("a", os.urandom(100_000)), file("b", os.urandom(100_000))], mode))
    archive.write_bytes(archive.read_bytes()[:150_000])
    with pytest.raises(HostError):
        unpack(str(archive), str(place))


def test_damaged_zip(zipped: Callable[..., str], place: Path) -> None:
    archive = Path(zipped("a"))
    archive.write_bytes(archive.read_bytes().replace(b"ax", b"ay"))
    with pytest.raises(HostError):
        unpack(str(archive), str(place))
