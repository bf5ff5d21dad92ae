# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How running processes are replaced, and why so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.strategies import (
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
    "'reload' would not load all of it: more than the code in `source.path` has changed (settings, environment, "
    "packages or the unit), and a master keeps those that it was started with."
)


class Case(NamedTuple):
    """What the choice depends on."""

    live: Sequence[str]  # instances that serve now and are to be replaced
    renewed: Sequence[str]  # sockets that must be opened anew
    needed: int  # bytes that a second generation needs, by measured or stated memory of a worker
    available: int  # bytes
    unreloadable: str  # why HUP would not load what is new; '' where it would


class Choice(NamedTuple):
    strategy: str
    why: str


def choose(asked: str, case: Case) -> Choice:
    """The strategy; for `reload` that cannot work, the strategy is '' and `why` the reason."""
    if not case.live:
        return Choice(RESTART, "nothing serves yet, so nothing has to be kept serving")
    if case.renewed:
        return Choice(RESTART, f"{', '.join(case.renewed)} must be opened anew, which no second process can bridge")
    if asked == RELOAD:
        if case.unreloadable:
            return Choice("", case.unreloadable)
        return Choice(RELOAD, "asked for; the master stays and replaces its workers")
    if asked == RESTART:
        return Choice(RESTART, "asked for; requests wait in the socket's queue until the new workers have booted")
    if asked == SEAMLESS:
        return Choice(SEAMLESS, "asked for")
    if case.needed > case.available:
        return Choice(
            RESTART,
            f"a second generation needs about {show_size(case.needed)} and {show_size(case.available)} are "
            "available; `strategy: seamless` would use them all the same",
        )
    return Choice(
        SEAMLESS,
        f"the new generation serves beside the old one; it needs about {show_size(case.needed)} of "
        f"{show_size(case.available)} available",
    )


def unreloadable(old: Manifest, new: Manifest) -> str:
    """Why HUP would not make workers of the old release into workers of the new one; '' where it does.

    A master keeps the interpreter, the environment, the directory and the path of the settings that it was started
    with. All that HUP can load is other code in the same place.
    """
    if new.source.kind != "path":
        return f"strategy: {OWN_PATHS} {OTHER_STRATEGIES}"
    if not new.process or old.process != new.process:
        return f"strategy: {MORE_THAN_CODE} {OTHER_STRATEGIES}"
    if new.preload:
        return f"strategy: {PRELOADED} {OTHER_STRATEGIES}"
    return ""
