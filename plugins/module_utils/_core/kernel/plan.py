# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare kernel settings with the running kernel and with the next boot, and plan the changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import SET, Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import (
    DesiredFile,
    FileChange,
    FileState,
    plan_absent,
    plan_file,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import WARNING, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.boot_files import Boot, at_boot
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.settings import Setting
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import MANAGED


@dataclass(frozen=True)
class Owner:
    """The owner of kernel settings: its sysctl.d file, and the end of the advice to leave a key out."""

    path: str
    leave_out: str


HOST = Owner("/etc/sysctl.d/90-gunicorn.conf", "with gunicorn_host_sysctl_extra: {{{key}: null}}")


@dataclass(frozen=True)
class LiveValue:
    """The value that the kernel shows for a key; `obstacle` says why it cannot be set, or is ''."""

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


def plan_sysctl(
    owner: Owner,
    settings: Sequence[Setting],
    live: Mapping[str, LiveValue],
    boot: Boot,
    before: Optional[FileState],
) -> SysctlPlan:
    """Return the plan that makes the kernel and the file satisfy the settings; `before` is the owner's current file."""
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
    """Raise HostError if settings are unavailable; `option` is the one that turns this into a warning."""
    if plan.unavailable:
        raise HostError(
            "Some declared kernel settings are not available on this host.",
            "\n".join(map(str, plan.unavailable)),
            f"Nothing was changed. To continue with a warning, set {option}: warn.",
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


def _draft(owner: Owner, setting: Setting, live: LiveValue, boot: Boot) -> _Draft:
    key = setting.key
    report = {"declared": setting.value, "mode": setting.mode, "live": live.value, "persisted": None}
    draft = _Draft(owner, setting, {**report, "reason": setting.reason})
    own = at_boot(key, boot.own)
    if live.value is None or live.obstacle:
        # A key that cannot be set now may be settable at the next boot: an existing line stays.
        draft.persist = own.value if own else None
    if live.value is None:
        return _not_possible(draft, live.obstacle)
    if not setting.comparable(live.value):
        return _not_possible(draft, f"The kernel's value has a different format: '{live.value}'.")
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
    """Return the file's value: the current one while it satisfies the setting, else the further of declared and live.

    Either is moved further still to the value that the files before ours set.
    """
    other, own = at_boot(setting.key, boot.before), at_boot(setting.key, boot.own)
    theirs = other.value if other and setting.comparable(other.value) else setting.value
    if own and setting.comparable(own.value) and setting.satisfied_by(own.value):
        return setting.further(own.value, theirs)
    return setting.further(setting.further(setting.value, live), theirs)


def _compare_with_boot(draft: _Draft, persist: str, boot: Boot) -> None:
    setting = draft.setting
    # A pattern does not apply to a key that some file names, and ours names it.
    later = at_boot(setting.key, [line for line in boot.after if line.pattern == setting.key])
    draft.report["persisted"] = later.value if later else persist
    if later is None or (setting.comparable(later.value) and setting.satisfied_by(later.value)):
        return
    advice = f"Remove the line from {later.path}, or declare another value for {setting.key}."
    if later.path == HOST.path:
        advice = f"That file is gunicorn_host's: declare {setting.key} in gunicorn_host_sysctl_extra, and only there."
    seen = (
        f"{later.path} is read after {draft.owner.path} and sets it to {later.value}, which does not satisfy"
        f" {setting.mode} {setting.value}: the next boot will undo the live value."
    )
    draft.findings.append(Finding("sysctl-overridden", WARNING, setting.key, seen=seen, fix=advice))


def _not_possible(draft: _Draft, why: str) -> _Draft:
    setting = draft.setting
    seen = f"cannot be set ({setting.mode} {setting.value}). {why}"
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
