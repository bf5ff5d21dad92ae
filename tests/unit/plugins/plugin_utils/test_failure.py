# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people see of a failed task: the whole evidence once, and a result that does not repeat it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._failure import block, blocks, shortened

EVIDENCE = "/srv/shop/wsgi.py:7 in <module>\n    import redis\nIs redis among the requirements?"
FAILURE = {
    "cause": "importing shop.wsgi failed.",
    "evidence": EVIDENCE,
    "restored": "Nothing was changed.",
    "step": "check",
}
PLAIN = {"cause": "the kernel refused it.", "evidence": "", "restored": "", "step": ""}
APPS: dict[str, Any] = {
    "failed": True,
    "changed": True,
    "msg": "shop: importing shop.wsgi failed.\nNothing was changed.",
    "failure": {**FAILURE, "cause": "shop: importing shop.wsgi failed.", "evidence": ""},
    "apps": {
        "shop": {"failed": True, "changed": False, "failure": FAILURE, "release": "r2", "explained": ["a"] * 99},
        "feed": {"failed": False, "changed": True, "changes": ["add release"], "instances": {"web": {}}},
    },
}


def test_block() -> None:
    assert block("web1 shop", FAILURE).splitlines() == [
        "web1 shop: failed at step 'check'",
        "  importing shop.wsgi failed.",
        "    /srv/shop/wsgi.py:7 in <module>",
        "        import redis",
        "    Is redis among the requirements?",
        "  Nothing was changed.",
    ]
    assert block("web1", PLAIN) == "web1: failed\n  the kernel refused it."


def test_foreign_text_moves_no_cursor() -> None:
    text = block("web1", {**PLAIN, "evidence": "\x1b[2Jgone\r\u202eback"})
    assert "\x1b" not in text and "\r" not in text and "\u202e" not in text
    assert "\\x1b[2Jgone" in text


@pytest.mark.parametrize(
    ("result", "titles"),
    [
        pytest.param(APPS, ["web1 shop: failed at step 'check'"], id="only the app that failed"),
        pytest.param({"failed": True, "msg": "x", "failure": PLAIN}, ["web1: failed"], id="no apps"),
        pytest.param({"failed": True, "msg": "x"}, [], id="a failure of Ansible's own"),
        pytest.param({"changed": True, "apps": {"feed": APPS["apps"]["feed"]}}, [], id="nothing failed"),
    ],
)
def test_blocks(result: dict[str, Any], titles: list[str]) -> None:
    assert [text.splitlines()[0] for text in blocks("web1", result)] == titles


def test_the_result_has_the_evidence_once() -> None:
    short = shortened(APPS)
    assert json.dumps(short).count("import redis") == 1
    assert short["apps"]["shop"] == {"failed": True, "failure": FAILURE, "release": "r2"}
    assert short["apps"]["feed"] == {"changed": True, "changes": ["add release"]}
    assert short["msg"] == APPS["msg"]


def test_the_message_is_cause_and_consequence() -> None:
    full = {"failed": True, "msg": "all of it", "failure": FAILURE}
    assert shortened(full)["msg"] == "importing shop.wsgi failed.\nNothing was changed."
    assert shortened(full)["failure"] == FAILURE


def test_a_good_result_stays_whole() -> None:
    good = {"changed": True, "apps": {"shop": {"explained": ["a"]}}}
    assert shortened(good) == good
