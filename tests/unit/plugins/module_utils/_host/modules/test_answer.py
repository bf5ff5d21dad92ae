# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No exception leaves a module as a traceback, which could quote a secret or what an app wrote."""

from __future__ import annotations

from typing import NoReturn

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import answered, finish


class Module:
    """Collects what Ansible would print."""

    params: dict[str, str] = {}
    check_mode = False

    def __init__(self) -> None:
        self.shown: list[object] = []

    def warn(self, text: str) -> None:
        self.shown.append(text)

    def fail_json(self, **data: object) -> None:
        self.shown.append(data)
        raise SystemExit(1)

    def exit_json(self, **data: object) -> None:
        self.shown.append(data)


@pytest.mark.parametrize("kind", [TypeError, KeyError, RecursionError, ValueError])
def test_an_exception_that_nobody_expected(kind: type[Exception]) -> None:
    def run() -> NoReturn:
        raise kind("s3cret")

    data = answered(run).data()
    assert data["failed"] is True
    assert "s3cret" not in str(data)
    assert data["msg"].startswith(f"internal error: {kind.__name__}")
    assert "github.com/wsgiops/wsgiops.gunicorn/issues" in data["msg"]


@pytest.mark.parametrize("error", [HostError("no disk.", "df"), InputError("app", "is wrong.")])
def test_an_error_for_people(error: HostError | InputError) -> None:
    def run() -> NoReturn:
        raise error

    assert answered(run).failure == error.failure


def test_what_reaches_ansible_is_visible_and_masked() -> None:
    module = Module()
    texts = {"a": ["\x1b]52;c;x\x07", {"k\u202e": "s3cret-1"}]}
    finish(module, lambda _options, _check: Result(texts, warnings=["\x1b[2J", "s3cret-1"], secrets=["s3cret-1"]))
    assert module.shown == [
        "\\x1b[2J",
        "********",
        {"changed": False, "a": ["\\x1b]52;c;x\\x07", {"k\\u202e": "********"}]},
    ]
