# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`uv`, the installer of the apps' dependencies: one binary in a directory named after its version, and a link to it.

The link is replaced by rename, so it always points to either the old binary or the new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import INSTALL, LINK_TO, REMOVE, Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import TOOLS, UV

ROOT = TOOLS
LINK = UV
BUILD_PREFIX = ".uv-build-"
RECORD = "record.json"  # beside the binary
# The published wheels of the version that is the default, for each platform of Linux. pip chooses the one that fits.
WHEELS = {
    "0.13.8": {
        "armv6l": "0ec33661a14e38dea8dfb18167d2a4a5c7fe3d476c62dd8eb6acf5f378727201",
        "aarch64": "5337c30bb893b4f9ce0ceb921ba2da0d13f649da644f40ad3bef84083bef0203",
        "aarch64 (2014, musl)": "0b3e8b1a4f5e405e31e2ff33de8af4744831e9f7338539671efbd8c3c94e791d",
        "armv7l": "86f1319f851e645bc295bb921e6be19beae7e69216c75ae809010ca7817393aa",
        "armv7l (musl)": "9cf0b7b12f13da6ab1c85694ab618d97a2bbd0c904cdea7f0172fb1dd768b9d5",
        "i686": "5ace7ec339798aca31be51a75fa7c1544fe84e02fadd17a9fa3324813bbaf237",
        "i686 (musl)": "63d807451e63c8d21b1b33c945af16438ac9d8ffddc59b31ce69c692135891f5",
        "ppc64le": "6999618363d03a0a085a9491db319e00b461dbda205db06ef1fd55dfcbf6472b",
        "riscv64": "b26fe533dc6153787e40443b7d9428ed41349127bff36a954ec82c48be01ded9",
        "riscv64 (musl)": "bfcaada3989c7716ad4b58673cd1413fad4fdc6b2e446f9553db0ef18da20850",
        "s390x": "13050c64530a1ccfc223af0306a8152d41c0d36ea63bc19161221ca65dfe480a",
        "x86_64": "e18a57b8b352eb7c8feb317b9f6f533c8f0ad9673fd6cf34bbe3cf1a9f6a8984",
        "x86_64 (musl)": "29451c60f5e8b07403e0a175d5229efc36b0289b34143ff4aaa499a5dd52553a",
    },
}
_SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+((a|b|rc)[0-9]+)?")
_OWN = re.compile(rf"uv-{_VERSION.pattern}|{re.escape(BUILD_PREFIX)}.*|uv\.tmp")


@dataclass(frozen=True)
class UvState:
    """The state of the directory: its entries, the target of the link, and the versions whose binary is as recorded."""

    entries: frozenset[str] = frozenset()
    link: str = ""
    complete: frozenset[str] = frozenset()


@dataclass(frozen=True)
class UvPlan:
    version: str
    install: bool
    link: bool
    remove: tuple[str, ...]
    previous: str = ""

    @property
    def changes(self) -> list[Change]:
        name = f"uv {self.version}"
        steps = [Change(INSTALL, name, kind="installer")] if self.install else []
        if self.link:
            kind = "" if self.install else "installer"
            steps.append(Change(LINK_TO, LINK, kind=kind, declared=name, disk=self.previous))
        return steps + [Change(REMOVE, f"{ROOT}/{one}", kind="installer", declared="absent") for one in self.remove]

    @property
    def diffs(self) -> list[dict[str, Any]]:
        if not (self.install or self.link):
            return []
        before = f"uv {self.previous}\n" if self.previous else ""
        return [{"before_header": LINK, "after_header": LINK, "before": before, "after": f"uv {self.version}\n"}]


def check_version(variable: str, version: str) -> str:
    """Return the version, or raise InputError unless it is a full one."""
    if not _VERSION.fullmatch(str(version)):
        raise InputError(variable, f"'{version}' is not a full version.", "Pin one release, for example 0.13.8.")
    return str(version)


def check_hashes(variable: str, hashes: Iterable[str], version: str) -> tuple[str, ...]:
    """Return the sha256 of the wheels that may be installed, by default those that are known here for this version.

    Raise InputError for an invalid one, or if none is known.
    """
    given = []
    for position, text in enumerate(hashes):
        found = _SHA256.fullmatch(str(text))
        if not found:
            raise InputError(f"{variable}[{position}]", f"'{text}' is not of the form 'sha256:<64 hex digits>'.")
        given.append(found.group(1))
    if not given and version not in WHEELS:
        raise InputError(
            variable,
            f"is empty, and no hash of uv {version} is known here; known: {', '.join(WHEELS)}.",
            "Set the sha256 of its wheels, as the package index lists them.",
        )
    return tuple(given or WHEELS[version].values())


@dataclass(frozen=True)
class Recorded:
    """A binary as it was installed: its digest, and what the kernel knows of a file that nobody has touched since."""

    sha256: str
    size: int
    changed: int  # ctime in ns, which nobody can set

    @staticmethod
    def read(record: Any) -> Optional[Recorded]:
        """Return it as written by `write`; None if it is anything else."""
        fits = isinstance(record, dict) and {name: type(value) for name, value in record.items()} == {
            "sha256": str,
            "size": int,
            "changed": int,
        }
        return Recorded(**record) if fits else None


def directory(version: str) -> str:
    return f"uv-{version}"


def plan_uv(version: str, current: UvState) -> UvPlan:
    """Return the plan that points the link to this version, and removes other versions and unfinished builds."""
    name = directory(version)
    target = f"{name}/uv"
    install = version not in current.complete
    stale = sorted(entry for entry in current.entries if _OWN.fullmatch(entry) and entry != name)
    linked = current.link.partition("/")[0][len("uv-") :] if current.link.startswith("uv-") else ""
    return UvPlan(version, install, current.link != target, tuple(stale), linked if linked != version else "")
