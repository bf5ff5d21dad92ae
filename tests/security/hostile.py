# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make hostile repositories, packages and archives, without writing any of them to a file system. Pure."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass(frozen=True)
class Commit:
    """A submodule: the commit of another repository."""

    commit: str = "1" * 40


Content = Union[str, bytes, Link, Commit]


def fast_import(files: Mapping[Union[str, bytes], Content]) -> bytes:
    """A stream for `git fast-import` that makes one commit on `main`. It can name files that no checkout could hold."""
    parts = [b"commit refs/heads/main\ncommitter x <x@example.com> 1700000000 +0000\ndata 1\nx\n"]
    for name, content in files.items():
        path = b'"' + b"".join(_quoted(byte) for byte in _bytes(name)) + b'"'
        if isinstance(content, Commit):
            parts.append(b"M 160000 %s %s\n" % (content.commit.encode(), path))
            continue
        data = _bytes(content.target if isinstance(content, Link) else content)
        mode = b"120000" if isinstance(content, Link) else b"100644"
        parts.append(b"M %s inline %s\ndata %d\n%s\n" % (mode, path, len(data), data))
    return b"".join(parts) + b"done\n"


def _quoted(byte: int) -> bytes:
    if byte < 0x20 or byte > 0x7E or byte in b'"\\':
        return b"\\%03o" % byte
    return bytes([byte])


def _bytes(value: Union[str, bytes]) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def tar(*members: tuple[tarfile.TarInfo, bytes], mode: str = "w:gz") -> bytes:
    """An archive of exactly these members."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def member(
    name: str, content: str = "", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    """One member of a tar archive."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, 0o644
    return info, content.encode() if kind == tarfile.REGTYPE else b""


def zipped(files: Mapping[str, Union[str, bytes]]) -> bytes:
    """A zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o100755 << 16  # pip takes the right to be run from here
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return stream.getvalue()


def sdist(name: str, backend: str, version: str = "1.0") -> bytes:
    """A source distribution whose build back end is the given code; nothing else is needed to build it."""
    project = f"""\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "{name}"
version = "{version}"
"""
    top = f"{name.replace('-', '_')}-{version}"
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {"pyproject.toml": project, "backend.py": f"{backend}\n{BACKEND}", "PKG-INFO": about, "setup.py": ""}
    # The metadata must be asked of the back end.
    files["pyproject.toml"] = project.replace(f'version = "{version}"', 'dynamic = ["version"]')
    return tar(*(member(f"{top}/{path}", text) for path, text in files.items()))


BACKEND = """
import pathlib, zipfile

NAME, VERSION = (pathlib.Path("PKG-INFO").read_text().split("Name: ")[1].split("\\n")[0], "1.0")
for _line in pathlib.Path("PKG-INFO").read_text().splitlines():
    if _line.startswith("Version: "):
        VERSION = _line[9:]


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    plain = NAME.replace("-", "_")
    info = f"{plain}-{VERSION}.dist-info"
    file = f"{plain}-{VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(f"{wheel_directory}/{file}", "w") as wheel:
        wheel.writestr(f"{plain}.py", "")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {NAME}\\nVersion: {VERSION}\\n")
        about = "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        wheel.writestr(f"{info}/WHEEL", about)
        wheel.writestr(f"{info}/RECORD", "".join(f"{name},,\\n" for name in wheel.namelist()))
    return file
"""


def wheel(name: str, files: Mapping[str, str], version: str = "1.0") -> bytes:
    """A wheel with a correct RECORD."""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    everything = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},{_hash(text)},{len(text.encode())}\n" for path, text in everything.items())
    return zipped({**everything, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"})


def _hash(text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
    return f"sha256={digest.decode()}"
