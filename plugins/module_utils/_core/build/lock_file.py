# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lock files: pinned requirements with the hashes of the files that may be installed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError

HASH = re.compile(r"--hash[= ](\w+:[0-9a-fA-F]+)")
PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*==\s*([^\s;\\]+)")
NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:==|@)")
NESTED = re.compile(r"(?:-[rc]\s*=?\s*|--(?:requirement|constraint)[ =]\s*)(\S+)")


def logical_lines(text: str) -> list[str]:
    """Return the requirement lines with continuations joined, without comments and blank lines."""
    text = re.sub(r"^[^\S\n]*#.*$", "#", text, flags=re.MULTILINE)  # a backslash at the end of a comment joins no lines
    joined = re.sub(r"\\\r?\n", " ", text)
    lines = (re.sub(r"(^|\s)#.*$", "", line).strip() for line in joined.splitlines())
    return [" ".join(line.split()) for line in lines if line]


def nested_files(text: str) -> list[str]:
    """Return the files that a requirements file includes."""
    return [match.group(1) for line in logical_lines(text) for match in [NESTED.match(line)] if match]


def hashes_of(line: str) -> list[str]:
    return [found.lower() for found in HASH.findall(line)]


def canonical(name: str) -> str:
    """Return the package name normalized as in PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned_hashes(text: str) -> dict[str, set[str]]:
    """Return the hashes that a requirements file allows, by package."""
    result: dict[str, set[str]] = {}
    for line in logical_lines(text):
        pin, hashes = NAMED.match(line), hashes_of(line)
        if pin and hashes:
            result.setdefault(canonical(pin.group(1)), set()).update(hashes)
    return result


def without_hashes(text: str) -> str:
    return "".join(re.sub(r"\s*--hash[= ]\S+", "", line) + "\n" for line in logical_lines(text))


def honour(lock: str, declared: Iterable[str]) -> str:
    """Reduce a lock to the hashes that the user's own files allow. Raise HostError if none is left for a package."""
    allowed: dict[str, set[str]] = {}
    for text in declared:
        for name, hashes in pinned_hashes(text).items():
            allowed.setdefault(name, set()).update(hashes)
    lines = []
    for line in logical_lines(lock):
        pin, offered = NAMED.match(line), hashes_of(line)
        name = canonical(pin.group(1)) if pin else ""
        if name in allowed:
            kept = [item for item in offered if item in allowed[name]]
            if not kept:
                raise HostError(
                    f"The index has no file for {name} with a hash that the requirements allow.",
                    "allowed: " + ", ".join(sorted(allowed[name])) + "\nfound: " + (", ".join(offered) or "none"),
                )
            line = without_hashes(line).strip() + "".join(f" --hash={item}" for item in kept)
        lines.append(line)
    return "".join(f"{line}\n" for line in lines)


def pinned_version(lock: str, package: str) -> str:
    """Return the version that the lock pins for a package, or ''."""
    for line in logical_lines(lock):
        pin = PIN.match(line)
        if pin and canonical(pin.group(1)) == canonical(package):
            return pin.group(2)
    return ""
