# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of the roles would change, as findings: the prediction of check mode is half of what drift is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift_finding import ERROR, WARNING, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.layout import ROOT

HOST, APPS, PROXY = "host", "apps", "proxy"

_FILES = {
    "create": "is missing",
    "update": "differs",
    "remove": "is there",
    "set owner and mode of": "has another owner or mode",
}
_FILE = re.compile(r"(create|update|remove|set owner and mode of) (/\S+)\Z")
_PLACES = (
    ("/etc/sysctl.d/", "sysctl-file"),
    ("/etc/security/", "limits-file"),
    ("/etc/nginx/", "nginx-file"),
    ("/etc/fstab", "mount-unit"),
)
_UNITS = re.compile(r"/etc/systemd/system/.*\.(service|socket)\Z")


def from_changes(part: str, app: str, changes: Iterable[str]) -> list[Finding]:
    """One finding for each cause; what only follows from another one (a restart, a new release's steps) has none."""
    changes = list(changes)
    found = [finding for change in changes for finding in _of(part, app, change, changes)]
    return [finding._replace(app=app) for finding in found]


def _of(part: str, app: str, change: str, changes: list[str]) -> list[Finding]:
    file = _FILE.match(change)
    if file:
        return [_of_file(part, file.group(1), file.group(2))]
    rules = {HOST: _HOST, APPS: _APPS, PROXY: _PROXY}[part]
    for pattern, kind, severity in rules:
        match = re.match(pattern, change)
        if match:
            if not kind or (kind == "not-deployed" and change != _first_of_deploy(changes)):
                return []
            if kind == "not-deployed" and any(re.match(_REPLACED, one) for one in changes):
                return []  # what was changed in the files says why
            named = match.groupdict()
            subject = app if kind == "not-deployed" else named.pop("subject", "")
            told = {key: value for key, value in named.items() if value}
            return [Finding(kind, severity, subject, **told)]
    return [Finding("other", WARNING, change, declared=change)]


def _of_file(part: str, verb: str, path: str) -> Finding:
    kind = next((kind for place, kind in _PLACES if path.startswith(place)), "")
    if part == APPS and path.startswith(f"{ROOT}/"):
        return Finding("home-missing", ERROR, path, declared="present", disk="absent")
    if not kind:
        unit = _UNITS.match(path)
        kind = "unit-file" if unit and part == APPS else "mount-unit" if path.endswith(".mount") else "other"
    if verb == "remove":
        kind = "unit-stray" if kind == "unit-file" else kind
        return Finding(kind, WARNING, path, declared="absent", disk=_FILES[verb])
    return Finding(kind, ERROR, path, declared="as the role writes it", disk=_FILES[verb])


Rules = tuple[tuple[str, str, str], ...]

_HOST: Rules = (
    (r"install package (?P<subject>\S+)", "package-missing", ERROR),
    (r"set (?P<subject>[a-z]\S*\.\S+) = (?P<declared>.+) \(was (?P<running>.*)\)\Z", "sysctl-live", ERROR),
    (r"set mode of (?P<subject>/\S+) to (?P<declared>\d+) \(was (?P<running>\d+)\)", "mount-mode", ERROR),
    (r"mount (?P<subject>/\S+) \((?P<declared>.*)\)", "mount-missing", ERROR),
    (r"remount (?P<subject>/\S+) \((?P<declared>[^;]*); was (?P<running>.*)\)", "mount-options", ERROR),
    (r"enable (?P<subject>\S+)", "not-enabled", ERROR),
    (r"(?:install|link \S+ to) (?P<subject>uv \S+)", "installer", WARNING),
)
_DEPLOY = r"(?:add source|build virtual environment|run build command|add release|run release command|point /)"
_REPLACED = r"replace /\S+: files in it were changed"
_APPS: Rules = (
    (_REPLACED, "", ""),
    (r"install package (?P<subject>\S+)", "package-missing", ERROR),
    (r"create user (?P<subject>\S+)", "user-missing", ERROR),
    (_DEPLOY, "not-deployed", ERROR),
    (r"stop and disable (?P<subject>\S+)", "unit-stray", WARNING),
    (r"enable (?P<subject>\S+)", "not-enabled", ERROR),
    (r"renew (?P<subject>\S+)", "", ""),
    (r"scale (?P<subject>\S+) from ", "", ""),
    (r"restart (?P<subject>\S+): the file of its socket is gone", "socket-down", ERROR),
    (r"start (?P<subject>\S+\.socket)", "socket-down", ERROR),
    (r"start (?P<subject>\S+\.service): it is (?P<running>.*)", "service-down", ERROR),
    (r"restart (?P<subject>\S+): the running process is of another release", "stale-process", ERROR),
    (r"restart (?P<subject>\S+): systemd runs it from an older unit", "unit-not-loaded", ERROR),
    (r"restart (?P<subject>\S+): its last deploy was not finished", "deploy-unfinished", ERROR),
    (r"restart (?P<subject>\S+): (?:its units changed|there is a new release)", "", ""),
    (r"restart (?P<subject>\S+): it runs otherwise than declared", "", ""),  # each difference is told by itself
    (r"remove (?P<subject>\S+): a deploy that was killed left it behind", "leftover", WARNING),
)
_PROXY: Rules = (
    (r"install package (?P<subject>\S+)", "package-missing", ERROR),
    (r"remove (?P<subject>/\S+)", "nginx-default-site", WARNING),
    (r"enable (?P<subject>\S+)", "not-enabled", ERROR),
    (r"start (?P<subject>\S+)", "nginx-down", ERROR),
    (r"reload (?P<subject>\S+) \(it runs without the last change of (?P<disk>.*)\)", "nginx-not-reloaded", ERROR),
    (r"reload ", "", ""),
)


def _first_of_deploy(changes: list[str]) -> str:
    return next(change for change in changes if re.match(_DEPLOY, change))
