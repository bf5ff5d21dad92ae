# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration of gunicorn_sysctl: which file it may have, and what is said of one that goes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import FileState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.boot_files import boot_order
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.options import (
    ARGUMENT_SPEC,
    kept_live,
    refuse_foreign,
    sysctl_spec,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.plan import (
    LiveValue,
    plan_sysctl,
    render_file,
)

KEY = "net.core.somaxconn"
DEFAULTS = {name: option.get("default") for name, option in ARGUMENT_SPEC.items()} | {"settings": {KEY: {"exactly": 1}}}
PATH = "/etc/sysctl.d/90-gunicorn-sysctl.conf"


@pytest.mark.parametrize(
    ("options", "path", "keys", "strict"),
    [
        pytest.param({}, PATH, [KEY], False, id="defaults"),
        pytest.param({"name": "db_2-A"}, "/etc/sysctl.d/90-db_2-A.conf", [KEY], False, id="name"),
        pytest.param({"unavailable": "fail"}, PATH, [KEY], True, id="strict"),
        pytest.param({"state": "absent"}, PATH, [], False, id="absent, whatever is declared"),
        pytest.param({"state": "absent", "settings": None}, PATH, [], False, id="absent"),
        pytest.param({"settings": {KEY: None}}, PATH, [], False, id="left out"),
    ],
)
def test_accepted(options: dict[str, Any], path: str, keys: list[str], strict: bool) -> None:
    spec = sysctl_spec({**DEFAULTS, **options})
    assert (spec.owner.path, [one.key for one in spec.settings], spec.strict) == (path, keys, strict)


@pytest.mark.parametrize(
    ("options", "variable", "said"),
    [
        ({"name": "gunicorn"}, "name", "is the file of gunicorn_host"),
        ({"name": ""}, "name", "cannot be part of a file name"),
        ({"name": "../x"}, "name", "cannot be part of a file name"),
        ({"name": "-x"}, "name", "cannot be part of a file name"),
        ({"name": "x.conf"}, "name", "cannot be part of a file name"),
        ({"name": "x\n"}, "name", "cannot be part of a file name"),
        ({"name": "x" * 65}, "name", "Use up to 64 letters"),
        ({"name": "gunicorn", "state": "absent"}, "name", "is the file of gunicorn_host"),
        ({"settings": {KEY: 1}}, f"settings['{KEY}']", "has no direction"),
        ({"settings": [KEY]}, "settings", "must be a dictionary"),
    ],
)
def test_refused(options: dict[str, Any], variable: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        sysctl_spec({**DEFAULTS, **options})
    assert caught.value.variable == variable
    assert said in str(caught.value)


def state(content: str) -> FileState:
    return FileState(content, 0o644, "root", "root")


def test_a_file_of_others_is_refused() -> None:
    refuse_foreign(PATH, None)
    refuse_foreign(PATH, state(render_file([])))
    with pytest.raises(HostError, match=f"{PATH} exists and was not created by this collection"):
        refuse_foreign(PATH, state(f"{KEY} = 1\n"))


@pytest.mark.parametrize(
    ("declared", "before", "said"),
    [
        pytest.param([], [KEY, "vm.swappiness"], [KEY, "vm.swappiness"], id="the file goes"),
        pytest.param([KEY], [KEY, "vm.swappiness"], ["vm.swappiness"], id="a key goes"),
        pytest.param([KEY], [KEY], [], id="nothing goes"),
        pytest.param([KEY], [], [], id="there was no file"),
    ],
)
def test_what_keeps_its_live_value(declared: list[str], before: list[str], said: list[str]) -> None:
    spec = sysctl_spec({**DEFAULTS, "settings": {key: {"exactly": 1} for key in declared}})
    content = "".join(f"{key} = 1\n" for key in before)
    files = {PATH: content} if before else {}
    live = {key: LiveValue("1") for key in declared}
    plan = plan_sysctl(spec.owner, spec.settings, live, boot_order(files, PATH), state(content) if before else None)
    assert [line.partition(":")[0] for line in kept_live(plan)] == said
