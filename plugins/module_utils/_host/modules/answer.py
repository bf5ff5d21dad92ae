# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn the result of a module's `run` into what Ansible shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result

Options = Mapping[str, Any]


def answered(work: Callable[[], Result]) -> Result:
    """Return the result of `work`; an InputError or HostError becomes a failed result."""
    try:
        return work()
    except (InputError, HostError) as exc:
        return Result(failure=exc.failure)


def finish(module: Any, run: Callable[[Options, bool], Result]) -> None:
    """Run the module, and pass its result to Ansible."""
    data = answered(lambda: run(module.params, module.check_mode)).data()
    for warning in data.pop("warnings", ()):
        module.warn(warning)
    if data.get("failed"):
        module.fail_json(**data)
    module.exit_json(**data)
