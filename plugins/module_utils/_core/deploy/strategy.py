# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Choose how running processes are replaced, and say why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.options import (
    OTHER_STRATEGIES,
    OWN_PATHS,
    PRELOADED,
    RELOAD,
    RESTART,
    SEAMLESS,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import show_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.manifest import Manifest

MORE_THAN_CODE = (
    "'reload' would not load everything: more than the code in `source.path` has changed (settings, environment, "
    "packages or the unit), and a master keeps those that it was started with."
)


class Case(NamedTuple):
    """What the choice depends on."""

    live: Sequence[str]  # instances that serve now and will be replaced
    renewed: Sequence[str]  # sockets that must be reopened
    needed: int  # bytes that a second generation needs, from the memory of the running workers
    available: int  # bytes
    unreloadable: str  # why HUP would not load the new release; '' if it would


class Choice(NamedTuple):
    """The chosen strategy, and the reason in words for people."""

    strategy: str
    why: str


def choose(declared: str, case: Case) -> Choice:
    """Return the strategy and the reason; for a `reload` that cannot work, the strategy is ''."""
    if not case.live:
        return Choice(RESTART, "no instance is serving yet")
    if case.renewed:
        return Choice(RESTART, f"{', '.join(case.renewed)} must be reopened, which a second process cannot bridge")
    if declared == RELOAD:
        if case.unreloadable:
            return Choice("", case.unreloadable)
        return Choice(RELOAD, "as declared; the master keeps running and replaces its workers")
    if declared == RESTART:
        return Choice(RESTART, "as declared; requests wait in the socket's queue until the new workers have booted")
    if declared == SEAMLESS:
        return Choice(SEAMLESS, "as declared")
    if case.needed > case.available:
        return Choice(
            RESTART,
            f"a second generation needs about {show_size(case.needed)}, but only {show_size(case.available)} is "
            "available; `strategy: seamless` would start it anyway",
        )
    return Choice(
        SEAMLESS,
        f"the new generation serves alongside the old one; it needs about {show_size(case.needed)} of the "
        f"{show_size(case.available)} available",
    )


def unreloadable(old: Manifest, new: Manifest) -> str:
    """Explain why HUP would not turn workers of the old release into workers of the new one; return '' if it does.

    A master keeps the interpreter, environment, directory and path of the settings that it was started with. HUP can
    only load different code from the same place.
    """
    if new.source.kind != "path":
        return f"strategy: {OWN_PATHS} {OTHER_STRATEGIES}"
    if not new.process or old.process != new.process:
        return f"strategy: {MORE_THAN_CODE} {OTHER_STRATEGIES}"
    if new.preload:
        return f"strategy: {PRELOADED} {OTHER_STRATEGIES}"
    return ""
