# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find out which distribution packages are installed, from the package manager's own records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError

# Names as Debian (policy 5.6.1) and RPM allow them, without a version and without options.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]*(:[a-z0-9-]+)?")


def check_names(variable: str, names: Iterable[str]) -> list[str]:
    """Return the names without duplicates, or raise InputError for an invalid package name."""
    checked = []
    for position, name in enumerate(names):
        if not _NAME.fullmatch(str(name)):
            raise InputError(
                f"{variable}[{position}]", f"'{name}' is not a valid package name.", "Use the name without a version."
            )
        checked.append(str(name))
    return list(dict.fromkeys(checked))


def dpkg_missing(names: Sequence[str], status: str) -> list[str]:
    """Return the names that dpkg's status file lists neither as installed nor as provided."""
    records = "\n\n" + status
    absent = [name for name in names if not _dpkg_installed(records, name)]
    if not absent:
        return []
    provided = _dpkg_provided(status)
    return [name for name in absent if name.partition(":")[0] not in provided]


def _dpkg_installed(records: str, name: str) -> bool:
    bare, _separator, architecture = name.partition(":")
    start = f"\n\nPackage: {bare}\n"
    at = records.find(start)
    while at >= 0:
        end = records.find("\n\n", at + 2)
        record = records[at : end if end >= 0 else None]
        # A package that was removed but not purged keeps its record and its file list.
        installed = _field(record, "Status").endswith(" installed")
        if installed and (not architecture or _field(record, "Architecture") in (architecture, "all")):
            return True
        at = records.find(start, at + 2)
    return False


def _dpkg_provided(status: str) -> set[str]:
    provided: set[str] = set()
    for record in status.split("\n\n"):
        listed = _field(record, "Provides")
        if listed and _field(record, "Status").endswith(" installed"):
            provided.update(item.split()[0].partition(":")[0] for item in listed.split(",") if item.strip())
    return provided


def _field(record: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*)$", record, re.MULTILINE)
    return found.group(1) if found else ""


def rpm_missing(names: Sequence[str], output: str) -> list[str]:
    """Return the names that no package provides, according to the output of `rpm -q --whatprovides NAMES`."""
    absent = {line.rpartition(" ")[2] for line in output.splitlines() if line.startswith("no package provides ")}
    return [name for name in names if name in absent]
