# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter gunicorn_sysctl_profile: kernel settings for a declared load, by _core/kernel/profile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.profile import profile


def gunicorn_sysctl_profile(load: Any, variable: str = "load") -> dict[str, dict[str, Any]]:
    try:
        return profile(load, variable)
    except InputError as exc:
        raise AnsibleFilterError(f"gunicorn_sysctl_profile: {exc}") from exc


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"gunicorn_sysctl_profile": gunicorn_sysctl_profile}
