# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From values to what Ansible returns."""

from __future__ import annotations

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.change import CREATE, Change
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import Failure, HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import (
    NOTE,
    WARNING,
    Finding,
    warnings_of,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.result import Result

CHANGE = Change(CREATE, "/etc/x", kind="nginx-file")
FINDING = Finding("backlog-capped", WARNING, "gunicorn_proxy_backlog", seen="it is too long.", fix="Shorten it.")


def test_values_become_texts_at_the_end() -> None:
    data = Result({"more": 1}, [CHANGE], [{"before": ""}], [FINDING], ["careful"]).data()
    assert data["changes"] == ["create /etc/x"]
    assert data["findings"][0]["subject"] == "gunicorn_proxy_backlog"
    assert (data["changed"], data["more"], data["warnings"]) == (True, 1, ["careful"])
    assert "failed" not in data


def test_what_a_module_does_not_have_is_not_returned() -> None:
    assert Result({"status": 200}).data() == {"changed": False, "status": 200}


def test_a_failure_keeps_its_fields() -> None:
    failure = HostError("no disk.", " df says so\n", "Nothing was changed.", "build").failure
    data = Result(failure=failure).data()
    assert data["failure"] == {
        "step": "build",
        "cause": "no disk.",
        "evidence": "df says so",
        "restored": "Nothing was changed.",
    }
    assert (data["failed"], data["msg"]) == (True, "no disk.\ndf says so\nNothing was changed.")


def test_wrong_input_is_a_failure_as_well() -> None:
    assert InputError("gunicorn_apps.shop", "is wrong.", "Mend it.").failure == Failure(
        "gunicorn_apps.shop: is wrong. Mend it."
    )


def test_apps_are_told_by_name() -> None:
    apps = {
        "shop": Result({"release": "r1"}, [CHANGE], [{"before": "a"}]),
        "feed": Result(changes=[], failure=Failure("cannot be imported.", "a traceback")),
    }
    data = Result(
        changes=[Change("install package", "git")], apps=apps, failure=Failure("feed: cannot be imported.")
    ).data()
    assert data["changes"] == ["install package git", "shop: create /etc/x"]
    assert data["diff"] == [{"before": "a"}]
    assert data["apps"]["shop"] == {"failed": False, "changed": True, "changes": ["create /etc/x"], "release": "r1"}
    feed = data["apps"]["feed"]
    assert (feed["failed"], feed["failure"]["evidence"], "msg" in feed) == (True, "a traceback", False)
    assert data["msg"] == "feed: cannot be imported."


def test_secrets_are_masked_at_any_depth() -> None:
    parts = {"host": Result({"deep": [{"x": "pass s3cret"}]}, [Change("run", "echo s3cret")])}
    assert "s3cret" not in str(Result(parts=parts, failure=Failure("s3cret leaked"), secrets=["s3cret"]).data())


def test_warnings_come_once_and_without_notes() -> None:
    assert warnings_of([FINDING, FINDING, FINDING._replace(severity=NOTE, subject="x")]) == [str(FINDING)]
