# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel settings with a direction: `at_least`, `at_most` or `exactly` a value, live and at the next boot.

What the file says is decided by three values: what is declared, what the kernel has, and what other files set at boot.
With `at_least` the file gets the largest of them and is then left alone for as long as it satisfies the declaration, so
that no boot lowers what the host had, and no run follows a value that somebody tries out by hand.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.change import SET, Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.described import described
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.files import (
    DesiredFile,
    FileChange,
    FileState,
    plan_absent,
    plan_file,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.finding import WARNING, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.unit_file import MANAGED

MODES = ("at_least", "at_most", "exactly")

# A range grows by a smaller first and a larger second number.
RANGES = ("net.ipv4.ip_local_port_range",)

GONE = {
    "net.ipv4.tcp_tw_recycle": "Linux 4.12 removed it, because it broke clients behind NAT. Use net.ipv4.tcp_tw_reuse.",
}

NOT_IN_CONTAINERS = {
    "net.core.netdev_max_backlog": "Only the machine's first network namespace has it: set it on the container's host.",
}

# Keys that each container (network, IPC, UTS or user namespace) has for itself; all others are the whole machine's.
_OWN_IN_CONTAINER = re.compile(r"net\.|user\.|fs\.mqueue\.|kernel\.(msg|sem$|shm|hostname$|domainname$)")

_KEY = re.compile(r"[a-z0-9_-]+([./][A-Za-z0-9_@:-]+)+")


@dataclass(frozen=True)
class Owner:
    """Whose settings these are: the file that is theirs alone, and how findings tell to leave a key out."""

    path: str
    leave_out: str


HOST = Owner("/etc/sysctl.d/90-gunicorn.conf", "with gunicorn_host_sysctl_extra: {{{key}: null}}")


@dataclass(frozen=True)
class Setting:
    """One declared key."""

    key: str
    mode: str
    value: str
    reason: str = ""

    def satisfied_by(self, value: str) -> bool:
        return value == self.value or (self.mode != "exactly" and self.further(value, self.value) == value)

    def further(self, one: str, other: str) -> str:
        """Return what satisfies both values, each taken as a bound in the direction of the mode."""
        if self.mode == "exactly":
            return self.value
        pairs = zip(_numbers(one), _numbers(other))
        upwards = self.mode == "at_least"
        chosen = [
            (max if upwards != (self.key in RANGES and position == 0) else min)(pair)
            for position, pair in enumerate(pairs)
        ]
        return " ".join(map(str, chosen))

    def comparable(self, value: Optional[str]) -> bool:
        """Whether the value has the same shape as the declared one."""
        if value is None or self.mode == "exactly":
            return value is not None
        return _is_numbers(value) and len(value.split()) == len(self.value.split())


@dataclass(frozen=True)
class Persisted:
    """A line of a sysctl.d file."""

    path: str
    pattern: str
    value: str


@dataclass(frozen=True)
class Boot:
    """The lines of all sysctl.d files in the order in which they are read: those before ours, ours, those after."""

    before: tuple[Persisted, ...] = ()
    own: tuple[Persisted, ...] = ()
    after: tuple[Persisted, ...] = ()


@dataclass(frozen=True)
class Live:
    """A key as the kernel shows it; `obstacle` says why it cannot be set, where it cannot."""

    value: Optional[str]
    obstacle: str = ""


@dataclass(frozen=True)
class LiveChange:
    key: str
    before: str
    after: str

    @property
    def change(self) -> Change:
        return Change(SET, self.key, kind="sysctl-live", declared=self.after, running=self.before)

    def diff(self) -> dict[str, Any]:
        header = f"{self.key} (live)"
        return {
            "before_header": header,
            "after_header": header,
            "before": f"{self.before}\n",
            "after": f"{self.after}\n",
        }


@dataclass(frozen=True)
class SysctlPlan:
    file: Optional[FileChange]
    live: tuple[LiveChange, ...]
    report: dict[str, dict[str, Any]]
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    unavailable: tuple[Finding, ...]

    @property
    def changes(self) -> list[Change]:
        file = [self.file.change("sysctl-file")] if self.file else []
        return [change.change for change in self.live] + file


def normalize_key(key: str) -> str:
    """Return the dotted form; as in sysctl.d(5) the first separator decides which of the two it is."""
    slash, dot = key.find("/"), key.find(".")
    if slash >= 0 and (dot < 0 or slash < dot):
        return key.replace(".", "\0").replace("/", ".").replace("\0", "/")
    return key


def proc_path(key: str) -> str:
    """Return the file of a dotted key, in which a dot inside of a name is written as a slash."""
    return "/proc/sys/" + key.replace(".", "\0").replace("/", ".").replace("\0", "/")


def parse_settings(sources: Mapping[str, Any]) -> list[Setting]:
    """Return the settings of variables (name to value), the later on top, or raise InputError; null drops a key."""
    merged: dict[str, tuple[str, Any]] = {}
    for name, source in sources.items():
        if not isinstance(source, Mapping):
            raise InputError(name, f"must be a dictionary of keys, not {described(source)}.")
        for key, options in source.items():
            if not _KEY.fullmatch(str(key)):
                raise InputError(name, f"'{key}' is not the name of a kernel setting.", "Example: net.core.somaxconn.")
            merged[normalize_key(str(key))] = (f"{name}['{key}']", options)
    return [_setting(where, key, options) for key, (where, options) in merged.items() if options is not None]


def _setting(where: str, key: str, options: Any) -> Setting:
    if not isinstance(options, Mapping):
        hint = f"Write {{at_least: {options}}} or {{exactly: {options}}}."
        raise InputError(where, f"{options!r} has no direction.", hint)
    known = (*MODES, "reason")
    for name in options:
        if name not in known:
            raise InputError(f"{where}.{name}", "is not a known key.", did_you_mean(name, known))
    modes = [mode for mode in MODES if mode in options]
    if len(modes) != 1:
        given = " and ".join(modes) if modes else "none"
        raise InputError(where, f"needs one of {', '.join(MODES)}; {given} given.")
    mode = modes[0]
    value = _value(f"{where}.{mode}", options[mode])
    if mode != "exactly" and not _is_numbers(value):
        raise InputError(f"{where}.{mode}", f"'{value}' is not a number.", "Text has no order: use exactly.")
    return Setting(key, mode, value, " ".join(str(options.get("reason") or "").split()))


def _value(where: str, value: Any) -> str:
    parts = value if isinstance(value, (list, tuple)) else [value]
    if any(isinstance(part, bool) or not isinstance(part, (str, int)) for part in parts):
        raise InputError(where, f"{value!r} is neither number nor text.", "Kernel switches are the numbers 0 and 1.")
    text = " ".join(" ".join(str(part) for part in parts).split())
    if not text:
        raise InputError(where, "is empty.")
    return text


def boot_order(files: Mapping[str, str], own: str) -> Boot:
    """Sort the lines of files (path to content) as systemd-sysctl does: by file name, whatever the directory.

    /etc/sysctl.conf comes last, where `sysctl --system` reads it. `own` is the path of the file that is ours.
    """
    name = posixpath.basename(own)
    parts: dict[str, list[Persisted]] = {"before": [], "own": [], "after": []}
    for path, text in sorted(
        files.items(), key=lambda item: (item[0] == "/etc/sysctl.conf", posixpath.basename(item[0]))
    ):
        late = path == "/etc/sysctl.conf" or posixpath.basename(path) > name
        part = "own" if path == own else "after" if late else "before"
        parts[part] += parse_file(path, text)
    return Boot(**{part: tuple(lines) for part, lines in parts.items()})


def parse_file(path: str, text: str) -> list[Persisted]:
    """Return the lines of a sysctl.d file."""
    found = []
    for line in text.splitlines():
        name, assigned, value = line.strip().partition("=")
        if assigned and not name.startswith(("#", ";")):
            found.append(Persisted(path, normalize_key(name.strip().lstrip("-")), " ".join(value.split())))
    return found


def at_boot(key: str, lines: Sequence[Persisted]) -> Optional[Persisted]:
    """Return the line that decides: the last that names the key, else the last whose pattern matches it."""
    named = [line for line in lines if line.pattern == key]
    matching = [line for line in lines if _is_pattern(line.pattern) and fnmatch.fnmatchcase(key, line.pattern)]
    deciding = named or matching
    return deciding[-1] if deciding else None


def _is_pattern(text: str) -> bool:
    return any(char in text for char in "*?[")


def machine_wide(key: str) -> bool:
    """Whether all containers of a machine share the key."""
    return not _OWN_IN_CONTAINER.match(key)


def plan_sysctl(
    owner: Owner,
    settings: Sequence[Setting],
    live: Mapping[str, Live],
    boot: Boot,
    before: Optional[FileState],
) -> SysctlPlan:
    """Return what makes kernel and file satisfy the settings; `before` is the owner's file as it is."""
    drafts = [_draft(owner, setting, live[setting.key], boot) for setting in settings]
    kept = [(draft.setting, draft.persist) for draft in drafts if draft.persist is not None]
    file = plan_file(before, DesiredFile(owner.path, render_file(kept))) if kept else plan_absent(owner.path, before)
    return SysctlPlan(
        file,
        tuple(draft.change for draft in drafts if draft.change),
        {draft.setting.key: draft.report for draft in drafts},
        tuple(reason for draft in drafts for reason in draft.reasons),
        tuple(finding for draft in drafts for finding in draft.findings),
        tuple(finding for draft in drafts for finding in draft.unavailable),
    )


def refuse_unavailable(plan: SysctlPlan, option: str) -> None:
    """Raise HostError for what cannot be had; `option` is the one that lets a run go on with a warning."""
    if plan.unavailable:
        raise HostError(
            "Kernel settings that are declared cannot be had on this host.",
            "\n".join(map(str, plan.unavailable)),
            f"Nothing was changed. To go on with a warning set {option}: warn.",
        )


@dataclass
class _Draft:
    owner: Owner
    setting: Setting
    report: dict[str, Any]
    persist: Optional[str] = None
    change: Optional[LiveChange] = None
    reasons: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unavailable: list[Finding] = field(default_factory=list)


def _draft(owner: Owner, setting: Setting, live: Live, boot: Boot) -> _Draft:
    key = setting.key
    report = {"declared": setting.value, "mode": setting.mode, "live": live.value, "persisted": None}
    draft = _Draft(owner, setting, {**report, "reason": setting.reason})
    own = at_boot(key, boot.own)
    if live.value is None or live.obstacle:
        # What cannot be set now may be set at the next boot: a line that is there stays.
        draft.persist = own.value if own else None
    if live.value is None:
        return _not_possible(draft, live.obstacle)
    if not setting.comparable(live.value):
        return _not_possible(draft, f"The kernel's value has another shape: '{live.value}'.")
    fine = setting.satisfied_by(live.value)
    if live.obstacle:
        decided = at_boot(key, [*boot.before, *boot.own, *boot.after])
        draft.report["persisted"] = decided.value if decided else None
        if not fine:
            return _not_possible(draft, f"It is {live.value}. {live.obstacle}")
        if live.value != setting.value:
            draft.reasons.append(f"{key}: {live.value} satisfies {setting.mode} {setting.value} and is left alone.")
        return draft
    draft.persist = _persist(setting, live.value, boot)
    if not fine:
        draft.change = LiveChange(key, live.value, draft.persist)
        draft.report["live"] = draft.persist
    elif live.value != setting.value:
        draft.reasons.append(
            f"{key}: {live.value} satisfies {setting.mode} {setting.value} and is left alone;"
            f" the next boot sets {draft.persist}."
        )
    _compare_with_boot(draft, draft.persist, boot)
    return draft


def _persist(setting: Setting, live: str, boot: Boot) -> str:
    """Return the file's value: its present one while that satisfies, else the furthest of declared, live and others."""
    other, own = at_boot(setting.key, boot.before), at_boot(setting.key, boot.own)
    theirs = other.value if other and setting.comparable(other.value) else setting.value
    if own and setting.comparable(own.value) and setting.satisfied_by(own.value):
        return setting.further(own.value, theirs)
    return setting.further(setting.further(setting.value, live), theirs)


def _compare_with_boot(draft: _Draft, persist: str, boot: Boot) -> None:
    setting = draft.setting
    # A pattern does not touch a key that any file names, and ours does.
    later = at_boot(setting.key, [line for line in boot.after if line.pattern == setting.key])
    draft.report["persisted"] = later.value if later else persist
    if later is None or (setting.comparable(later.value) and setting.satisfied_by(later.value)):
        return
    advice = f"Remove the line from {later.path}, or declare another value for {setting.key}."
    if later.path == HOST.path:
        advice = f"It is gunicorn_host's: declare {setting.key} in gunicorn_host_sysctl_extra, and only there."
    seen = (
        f"{later.path} is read after {draft.owner.path} and sets it to {later.value}, which is not {setting.mode}"
        f" {setting.value}: the next boot undoes what is live now."
    )
    draft.findings.append(Finding("sysctl-overridden", WARNING, setting.key, seen=seen, fix=advice))


def _not_possible(draft: _Draft, why: str) -> _Draft:
    setting = draft.setting
    seen = f"it cannot be made {setting.mode} {setting.value}. {why}"
    fix = f"Set it where the kernel allows it, or leave it out {draft.owner.leave_out.format(key=setting.key)}."
    draft.unavailable.append(Finding("sysctl-unavailable", WARNING, setting.key, seen=seen, fix=fix))
    return draft


def render_file(values: Sequence[tuple[Setting, str]]) -> str:
    """Render the file that systemd-sysctl reads at boot."""
    lines = [MANAGED, "# Read at boot; the live values are compared on every run as well."]
    for setting, value in values:
        more = "" if value == setting.value else " (the host had more, and keeps it)"
        if setting.mode == "at_most" and more:
            more = " (the host had less, and keeps it)"
        lines += ["", f"# {setting.mode} {setting.value}{more}" + (f": {setting.reason}" if setting.reason else "")]
        lines.append(f"{setting.key} = {value}")
    return "\n".join(lines) + "\n"


def _is_numbers(value: str) -> bool:
    return bool(re.fullmatch(r"-?[0-9]+( -?[0-9]+)*", value))


def _numbers(value: str) -> list[int]:
    return [int(part) for part in value.split()]
