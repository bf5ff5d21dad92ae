# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From work to a module's result: a refusal says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.errors import HostError, InputError


def answered(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return work()
    except InputError as exc:
        return {"failed": True, "msg": str(exc)}
    except HostError as exc:
        return failure(exc)


def failure(exc: HostError) -> dict[str, Any]:
    return {"failed": True, "msg": exc.explain()}


def finish(module: Any, result: dict[str, Any]) -> None:
    """Hand the result to Ansible."""
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
