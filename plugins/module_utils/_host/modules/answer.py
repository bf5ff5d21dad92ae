# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn the result of a module's `run` into what Ansible shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError, as_host_error
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.visible import visible_all

Options = Mapping[str, Any]


def answered(work: Callable[[], Result]) -> Result:
    """Return the result of `work`; an exception becomes a failed result."""
    try:
        return work()
    except InputError as exc:
        return Result(failure=exc.failure)
    except Exception as exc:
        return Result(failure=as_host_error(exc).failure)


def finish(module: Any, run: Callable[[Options, bool], Result]) -> None:
    """Run the module, and pass its result to Ansible."""
    # The last place before Ansible, which prints texts to a terminal as they are.
    data = visible_all(answered(lambda: run(module.params, module.check_mode)).data())
    for warning in data.pop("warnings", ()):
        module.warn(warning)
    if data.get("failed"):
        module.fail_json(**data)
    module.exit_json(**data)
