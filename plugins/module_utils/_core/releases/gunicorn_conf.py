# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""gunicorn.conf.py: which settings an instance runs with, why, and how they are rendered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App, Instance
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.versions import at_least
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.setting_rules import BACKLOG
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.worker_class import class_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import Sizing

JITTER_SHARE = 10


@dataclass(frozen=True)
class Setting:
    """A Gunicorn setting; `reason` becomes the comment above it."""

    name: str
    value: Any
    reason: str = ""


def backlog(instance: Instance) -> int:
    """Return the backlog for both Gunicorn and the socket unit: which one wins depends on Gunicorn's version."""
    return int(instance.settings.get("backlog", BACKLOG))


def compose(app: App, instance: Instance, sizing: Sizing, worker_tmp_dir: str, gunicorn: str) -> list[Setting]:
    """Return the settings of one instance: the declared ones, and those derived from them and from the host."""
    chain = instance.timeouts
    derived = [
        Setting("bind", [instance.bind], "the listening socket is held by systemd"),
        Setting("workers", sizing.workers, _reason(sizing, "workers")),
        Setting("worker_class", sizing.worker_class, _reason(sizing, "worker_class")),
        Setting("backlog", backlog(instance), "the same number as Backlog= of the socket unit"),
        Setting("timeout", chain.timeout, "the number that the rest of the timeout chain is derived from"),
        Setting("graceful_timeout", chain.graceful, f"systemd waits {chain.stop} s, a little longer"),
        Setting("worker_tmp_dir", worker_tmp_dir, "heartbeats on a disk can block a worker; this is memory"),
    ]
    if class_of(sizing.worker_class).has_threads:
        derived.append(Setting("threads", sizing.threads, _reason(sizing, "threads")))
    recycled = instance.settings.get("max_requests")
    if isinstance(recycled, int) and recycled >= JITTER_SHARE and "max_requests_jitter" not in instance.settings:
        reason = "a tenth of max_requests, so that the workers are not all replaced at once"
        derived.append(Setting("max_requests_jitter", recycled // JITTER_SHARE, reason))
    if sizing.connections:
        derived.append(Setting("worker_connections", sizing.connections))
    if instance.bind.startswith("unix:"):
        derived.append(Setting("forwarded_allow_ips", "*", "only the proxy's group can open the socket"))
    if at_least(gunicorn, "25.1"):
        path = f"/run/{app.layout.runtime_directory(instance.name)}/control.sock"
        derived.append(Setting("control_socket", path, "the default path collides between instances"))
    names = {setting.name for setting in derived}
    declared = [Setting(name, value) for name, value in instance.settings.items() if name not in names]
    overridden = {
        name: value
        for name, value in instance.settings.items()
        if name in ("worker_connections", "forwarded_allow_ips")
    }
    merged = [
        Setting(s.name, overridden[s.name], "declared in settings") if s.name in overridden else s for s in derived
    ]
    return merged + declared


def _reason(sizing: Sizing, name: str) -> str:
    return next((reason.why for reason in sizing.reasons if reason.name == name), "")


def render(title: str, settings: Iterable[Setting], sections: Mapping[str, str]) -> str:
    """Render a Python file of plain literals, each below its reason, in the order and sections of Gunicorn's own
    documentation. `sections` maps every setting that the installed Gunicorn knows to its section.
    """
    lines = [f"# {title}", "# Managed by Ansible (wsgiops.gunicorn). Part of an immutable release: edits are drift."]
    ranks = {name: rank for rank, name in enumerate(sections)}
    by_name = {setting.name: setting for setting in settings}
    for section in dict.fromkeys(sections.values()):
        names = [name for name in by_name if sections[name] == section]
        lines += ["", f"# ---- {section} ----"] if names else []
        for name in sorted(names, key=ranks.__getitem__):
            lines.append("")
            if by_name[name].reason:
                lines.append(f"# {_comment(by_name[name].reason)}")
            lines.append(f"{name} = {literal(by_name[name].value)}")
    return "\n".join(lines) + "\n"


def render_hooks(path: str, names: Iterable[str]) -> str:
    """Render the end of gunicorn.conf.py. HUP runs it again, and so picks up the current content of the hooks file."""
    return (
        "\n# hooks: the app's own, and nothing else of that file\n"
        "import runpy as _runpy\n\n"
        f"for _name, _value in _runpy.run_path({literal(path)}).items():\n"
        f"    if _name in {literal(sorted(names))}:\n"
        "        globals()[_name] = _value\n"
    )


def _comment(text: str) -> str:
    return " ".join(text.split())


def literal(value: Any) -> str:
    """Return a Python literal that evaluates to the value and is always ASCII."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{str(key)!a}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    return ascii(str(value))
