# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that an earlier commit deployed, as an archive: what is in it, and how a bare host becomes that host again."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rig import Host

PLACE = "{sources}"  # in declarations: where the sources are on the controller
# Whatever a release key, a unit or a virtual environment depends on, and no archive can bring along.
PLATFORM = """
. /etc/os-release; echo "$ID $VERSION_ID"
readlink -f "$(command -v python3)"
python3 -c 'import platform; print(platform.python_version())'
systemctl --version | sed -n '1s/^systemd \\([0-9]*\\).*/\\1/p'
"""
# xz is not on a bare Debian; Python is, and its tarfile would round the times of files, which tar keeps.
UNPACK = (
    "python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.stdin.buffer), sys.stdout.buffer)'"
    " | tar -C / --numeric-owner --same-permissions --same-owner -xf -"
)


@dataclass(frozen=True)
class Deployed:
    """The description in host.json; host.tar.xz beside it holds the files of the host."""

    commit: str  # that deployed
    platform: dict[str, str]
    accounts: dict[str, list[str]]  # lines of /etc/passwd and /etc/group
    paths: list[str]  # what the archive replaces on a host
    sources: dict[str, Any]  # on the controller, by path; text, or {base64: …}
    variables: dict[str, Any]  # of `site`
    releases: dict[str, list[dict[str, str]]]  # of each app, newest first: release, result, and what it serves


def platform_of(host: Host) -> dict[str, str]:
    return dict(zip(("system", "python", "version", "systemd"), host.out(PLATFORM).splitlines(), strict=True))


def read(directory: Path) -> Deployed:
    return Deployed(**json.loads((directory / "host.json").read_text()))


def write_sources(sources: dict[str, Any], directory: Path) -> None:
    """With the modes that the maker's had: they are part of a source's digest."""
    for name, content in sources.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            file.write_text(content)
        else:
            file.write_bytes(base64.b64decode(content["base64"]))
        file.chmod(0o644)


def placed(variables: dict[str, Any], sources: Path) -> dict[str, Any]:
    """The variables with the sources where they are now."""
    return dict(json.loads(json.dumps(variables).replace(PLACE, str(sources))))


def restore(host: Host, directory: Path, deployed: Deployed) -> None:
    """Bring accounts and files back, then boot: that starts what was enabled, and nothing else."""
    for line in deployed.accounts["group"]:
        name, _password, number, members = line.split(":")
        assert not members, f"group {name} has members, which nobody would restore"
        host.run(f"getent group {name} || groupadd --system --gid {number} {name}")
    for line in deployed.accounts["passwd"]:
        name, _password, number, group, _comment, home, shell = line.split(":")
        host.run(f"useradd --system --uid {number} --gid {group} --home-dir {home} -M --shell {shell} {name}")
    host.run("rm -rf " + " ".join(deployed.paths))
    with (directory / "host.tar.xz").open("rb") as archive:
        subprocess.run([host.tool, "exec", host.name, "sh", "-euc", UNPACK], stdin=archive, check=True)
    host.reboot()
