# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The code that the sizing filters share: validate the arguments, and return a Sizing."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.sizes import parse_size, show_size
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.worker_formula import is_formula
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.sizing.workers import PROFILES, Host, Sizing, size

PLENTY = 1 << 50  # without `memory`, memory is not a limit


def sizing_of(
    name: str,
    cpus: Any,
    profile: Any = "mixed",
    memory: Any = "",
    worker_memory: Any = "",
    settings: Any = None,
    shares: Any = 1,
) -> Sizing:
    """Return the sizing for a profile or a formula such as 2n+1.

    Raises AnsibleFilterError, which names the filter and the argument.
    """
    if isinstance(cpus, bool) or not isinstance(cpus, int) or cpus < 1:
        raise AnsibleFilterError(f"{name}: {cpus!r} is not a number of CPUs. Example: 4 | wsgiops.gunicorn.{name}")
    if isinstance(shares, bool) or not isinstance(shares, int) or shares < 1:
        raise AnsibleFilterError(f"{name}: shares must be at least 1, not {shares!r}.")
    given = dict(settings or {})
    if is_formula(profile):
        given["workers"], profile = profile, "mixed"
    elif profile not in PROFILES:
        hint = did_you_mean(str(profile), PROFILES)
        raise AnsibleFilterError(f"{name}: {profile!r} is neither a profile nor a formula such as 2n+1. {hint}")
    try:
        total, each = parse_size("memory", memory or None), parse_size("worker_memory", worker_memory or None)
    except InputError as exc:
        raise AnsibleFilterError(f"{name}: {exc}") from exc
    origin = f"{show_size(total)} of memory" if total else "unlimited memory"
    host = Host(cpus, f"{cpus} CPU{'s' * (cpus != 1)}", total or PLENTY, origin)
    return size(profile, host, settings=given, worker_memory=each, shares=shares)
